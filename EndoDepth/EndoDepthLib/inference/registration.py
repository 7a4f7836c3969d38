"""For maintainers, after training: put a checkpoint into the catalogue.

    python -m EndoDepthLib.inference.registration endodepth-default-v0 runs/default-v0/final.safetensors \
        --figures runs/default-v0/figures.json
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference.catalogue import CATALOGUE_FILE, LARGEST_FILE_BYTES, CatalogueEntry, load_catalogue
from EndoDepthLib.inference.weights import load_weights


def register_weights(
    entry_id: str, file: Path, figures: Mapping[str, float], catalogue_file: Path = CATALOGUE_FILE
) -> CatalogueEntry:
    """Copy a checkpoint beside the catalogue and write its SHA-256, size and figures into the entry.

    Raises WeightsError when the checkpoint cannot be loaded, is too large, or names other classes than the entry.
    """
    catalogue = load_catalogue(catalogue_file)
    entry = catalogue.entry(entry_id)
    loaded = load_weights(file.resolve(), catalogue)
    listed = tuple(taught.name for taught in entry.classes)
    if loaded.vocabulary.classes != listed:
        raise WeightsError(f"weights {file} were taught {loaded.vocabulary.classes}; the catalogue lists {listed}")
    content = file.read_bytes()
    if len(content) > LARGEST_FILE_BYTES:
        raise WeightsError(f"weights {file} have {len(content)} bytes; expected at most {LARGEST_FILE_BYTES}")
    _write(catalogue.path(entry), content)
    values = json.loads(catalogue_file.read_text(encoding="utf-8"))
    for listed_entry in values["entries"]:
        if listed_entry["id"] == entry_id:
            listed_entry["weights"] |= {"sha256": loaded.sha256, "bytes": len(content)}
            listed_entry["figures"] = dict(figures)
    _write(catalogue_file, (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode())
    return load_catalogue(catalogue_file).entry(entry_id)


def _write(path: Path, content: bytes) -> None:
    """Write aside, then rename, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="put a checkpoint into the catalogue of weights")
    parser.add_argument("id", help="the catalogue entry")
    parser.add_argument("file", type=Path, help="the checkpoint")
    parser.add_argument("--figures", type=Path, help="JSON of measured figures, name to number")
    arguments = parser.parse_args()
    figures = {} if arguments.figures is None else json.loads(arguments.figures.read_text(encoding="utf-8"))
    entry = register_weights(arguments.id, arguments.file, figures)
    print(f"{entry.id}: {entry.weights.bytes} bytes, sha256 {entry.weights.sha256}")


if __name__ == "__main__":
    main()
