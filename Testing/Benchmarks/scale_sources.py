"""Every source of millimetres on phantoms: how far off, how wide the error bar is, how often it holds the truth.

Each trial hides a scale (0.3 to 3 mm per unit) in a phantom's depth and asks one source for it. Depth "noisy": the true
one with a smooth error of 3 % and 1 % from pixel to pixel, with the confidence that belongs to it; "predicted": what
the weights answer, scaled to the truth's median. Trivial baseline: the nominal median of 50 taken for millimetres.

    python Testing/Benchmarks/scale_sources.py --trials 100 --output DIR

Trials that stand in DIR/trials.jsonl are not done again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from benchmark_arguments import add_threads, benchmark_parser
from scale_trials import SOURCES, Trial

TARGETS = "targets: error <= 5 %, bar <= 15 % (medians), holds >= 90 %"


def main() -> None:
    """Run what is missing and print the table."""
    parser = benchmark_parser(__doc__)
    add_threads(parser)
    parser.add_argument("--trials", type=int, default=100, help="of each source (default %(default)s)")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--sources", nargs="+", choices=list(SOURCES), default=list(SOURCES))
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / "trials.jsonl"
    for name in arguments.sources:
        _run(name, SOURCES[name], arguments.trials, file)
    print(table(_read(file), arguments.sources))


def _run(name: str, trials: Callable[[int], Iterator[Trial]], wanted: int, file: Path) -> None:
    done = [row for row in _read(file) if row["source"] == name]
    if len(done) >= wanted:
        return
    first = max((row["seed"] for row in done), default=-1) + 1
    count = len(done)
    with file.open("a", encoding="utf-8") as out:
        for trial in trials(first):
            out.write(json.dumps({"source": name, **trial.to_json()}) + "\n")
            out.flush()
            count += 1
            if count >= wanted:
                return


def _read(file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def table(rows: list[dict[str, Any]], sources: list[str]) -> str:
    """A line a source: trials, refusals, median and 90 % error, width of the bar, how many hold, the baseline."""
    lines = [TARGETS, f"{'source':34} trials refused  error  90 %    bar  holds  nominal 50"]
    for name in sources:
        mine = [row for row in rows if row["source"] == name]
        given = [row for row in mine if row["found"] is not None]
        if not given:
            lines.append(f"{name:34} {len(mine):6} {len(mine):7}")
            continue
        truth, found, low, high, nominal = (
            np.array([row[key] for row in given]) for key in ("truth", "found", "low", "high", "nominal")
        )
        error, trivial = np.abs(found / truth - 1), np.abs(nominal / truth - 1)
        holds = (low <= truth) & (truth <= high)
        lines.append(
            f"{name:34} {len(mine):6} {len(mine) - len(given):7} {np.median(error):6.1%} "
            f"{np.quantile(error, 0.9):5.1%} {np.median((high - low) / found):6.1%} {holds.mean():6.1%} "
            f"{np.median(trivial):11.1%}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
