"""Counts unseen phrasings named rightly and foreign ones refused, beside two trivial answers.

python Testing/Benchmarks/prompt_phrasings.py [FILE] [--list]
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmark_arguments import benchmark_parser

from EndoDepthLib.errors import PromptError
from EndoDepthLib.prompts import load_vocabulary, resolve_prompts
from EndoDepthLib.prompts.shipped import load_text_tower

PHRASINGS = Path(__file__).parents[1] / "EndoDepthLib" / "prompts" / "unseen_phrasings.json"
Entries = list[dict[str, str]]


def read_phrasings(path: Path) -> tuple[Entries, Entries]:
    """Entries {"text", "class"} to be named and {"text", "kind"} to be refused."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data["phrasings"], data["others"]


def answer(text: str) -> str | None:
    """Class the program takes a prompt for, or None where it refuses."""
    vocabulary = load_vocabulary()
    try:
        return vocabulary.classes[resolve_prompts([text], vocabulary)[0].class_index]
    except PromptError:
        return None


def count_right_and_refused(phrasings: Entries, others: Entries) -> tuple[int, int]:
    """How many phrasings get their class, and how many others are refused."""
    right = sum(answer(entry["text"]) == entry["class"] for entry in phrasings)
    return right, sum(answer(entry["text"]) is None for entry in others)


def main() -> None:
    """Print the figures."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PHRASINGS)
    parser.add_argument("--list", action="store_true", help="print each mistake")
    arguments = parser.parse_args()
    phrasings, others = read_phrasings(arguments.file)
    vocabulary = load_vocabulary()
    tower = load_text_tower(vocabulary.text_tower_sha256)
    rows = {"EndoDepth": count_right_and_refused(phrasings, others)}
    exact = [vocabulary.index_of(entry["text"]) for entry in phrasings]
    rows["known terms only"] = (
        sum(
            i is not None and vocabulary.classes[i] == entry["class"] for i, entry in zip(exact, phrasings, strict=True)
        ),
        sum(vocabulary.index_of(entry["text"]) is None for entry in others),
    )
    cosines = tower.encode([entry["text"] for entry in phrasings]) @ vocabulary.embeddings.T  # type: ignore[union-attr]
    nearest = [vocabulary.classes[index] for index in cosines.argmax(axis=1)]
    rows["nearest class always"] = (sum(n == e["class"] for n, e in zip(nearest, phrasings, strict=True)), 0)
    for name, (right, refused) in rows.items():
        print(f"{name:22s} right {right}/{len(phrasings)}  refused {refused}/{len(others)}")
    for kind in sorted({entry["kind"] for entry in others}):
        some = [entry for entry in others if entry["kind"] == kind]
        print(f"  refused of '{kind}': {sum(answer(entry['text']) is None for entry in some)}/{len(some)}")
    if arguments.list:
        for entry in [*phrasings, *others]:
            if answer(entry["text"]) != entry.get("class"):
                print(f"  '{entry['text']}' -> {answer(entry['text'])}, expected {entry.get('class', 'a refusal')}")


if __name__ == "__main__":
    main()
