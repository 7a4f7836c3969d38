"""For maintainers, after training: put a checkpoint into the catalogue.

    python -m EndoDepthLib.inference.registration endodepth-default-v0 runs/v0/endodepth-default-v0.safetensors \
        --figures depth.json masks.json --card runs/v0/endodepth-default-v0.md

The figures are those that Testing/Benchmarks print with --json: of the product as users run it.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference.catalogue import CATALOGUE_FILE, CatalogueEntry, TaughtClass, load_catalogue
from EndoDepthLib.prompts import Vocabulary, load_vocabulary
from EndoDepthLib.results.atomic import atomic_path, atomic_write

IMAGE_BY_IMAGE = "images"
_SPOKEN = {"phantoms": "phantoms", "larynx": "larynx images", "kvasir-seg": "polyp images"}


def spoken_teachers(taught: TaughtClass) -> str:
    """What taught a class, in the words users see: "phantoms only", "larynx images and phantoms"."""
    if taught.phantoms_only:
        return "phantoms only"
    # Real images first: they are what a user asks about.
    return " and ".join(_SPOKEN[name] for name in sorted(taught.taught_by, key=lambda name: name == "phantoms"))


def register_weights(
    entry_id: str, file: Path, figures: Mapping[str, float], card: str, catalogue_file: Path = CATALOGUE_FILE
) -> CatalogueEntry:
    """Put a checkpoint and its card beside the catalogue and write its SHA-256, size and figures into the entry.

    The checkpoint's vocabulary is brought up to date: synonyms, colours and the text tower may have been bettered while
    it was trained; classes and their embeddings, which it learned, must be those of the shipped vocabulary. Raises
    WeightsError when they are not, when the file cannot be loaded or is too large.
    """
    from EndoDepthLib.networks import load_checkpoint, save_checkpoint

    catalogue = load_catalogue(catalogue_file)
    entry = catalogue.entry(entry_id)
    checkpoint = load_checkpoint(file)
    learned, shipped = Vocabulary.from_dict(checkpoint.vocabulary), load_vocabulary()
    listed = tuple(taught.name for taught in entry.classes)
    if not learned.classes == shipped.classes == listed:
        raise WeightsError(f"weights {file} were taught {learned.classes}; the catalogue lists {listed}")
    assert shipped.embeddings is not None
    if learned.embeddings is None or not np.allclose(learned.embeddings, shipped.embeddings, atol=1e-5):
        raise WeightsError(f"weights {file} learned other class embeddings than the shipped ones; train them again")
    vocabulary = replace(
        learned,
        synonyms=shipped.synonyms,
        colors=shipped.colors,
        procedures=shipped.procedures,
        taught_by=tuple(spoken_teachers(taught) for taught in entry.classes),
    )
    vocabulary = replace(vocabulary, text_tower_sha256=shipped.text_tower_sha256)
    target = catalogue.path(entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = save_checkpoint(target, checkpoint.network, vocabulary.to_dict(), checkpoint.metadata)
    values = json.loads(catalogue_file.read_text(encoding="utf-8"))
    for listed_entry in values["entries"]:
        if listed_entry["id"] == entry_id:
            listed_entry["weights"] |= {"sha256": digest, "bytes": target.stat().st_size}
            listed_entry["figures"] = dict(figures)
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    with atomic_path(catalogue_file) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")
        registered = load_catalogue(aside).entry(entry_id)  # a catalogue that cannot be read back never gets its name
    stamp = f"File `{target.name}`, {target.stat().st_size} bytes, SHA-256 `{digest}`."
    atomic_write(catalogue.folder / entry.model_card, f"{card.strip()}\n\n{stamp}\n")
    return registered


def flat_figures(values: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Nested JSON figures as one level, "unseen phantoms / mean / prediction / abs_rel": 0.1; only finite numbers.

    What `to_dict` of an evaluation says image by image (a mapping called "images") stays out: a catalogue is read by
    people, and those figures are thousands.
    """
    flat: dict[str, float] = {}
    for name, value in values.items():
        path = f"{prefix} / {name}" if prefix else name
        if isinstance(value, Mapping):
            if name != IMAGE_BY_IMAGE:
                flat |= flat_figures(value, path)
        elif isinstance(value, int | float) and math.isfinite(value):
            flat[path] = float(value)
    return flat


def card_text(file: Path) -> str:
    """A model card without the line that names the file it was written for: registering saves the weights anew."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("File `"))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="put a checkpoint into the catalogue of weights")
    parser.add_argument("id", help="the catalogue entry")
    parser.add_argument("file", type=Path, help="the checkpoint")
    parser.add_argument("--figures", type=Path, nargs="*", default=[], help="JSON files of measured figures")
    parser.add_argument("--card", type=Path, required=True, help="the model card, Markdown")
    arguments = parser.parse_args()
    figures: dict[str, float] = {}
    for file in arguments.figures:
        figures |= flat_figures(json.loads(file.read_text(encoding="utf-8")))
    entry = register_weights(arguments.id, arguments.file, figures, card_text(arguments.card))
    print(f"{entry.id}: {entry.weights.bytes} bytes, sha256 {entry.weights.sha256}")


if __name__ == "__main__":
    main()
