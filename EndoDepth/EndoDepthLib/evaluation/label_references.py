"""Folders of label maps with the names of their values: predictions and references alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.image_files import read_labels
from EndoDepthLib.evaluation.pairing import files_of
from EndoDepthLib.evaluation.segmentation_metrics import IGNORED
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.results.manifest import ResultsManifest

VOID = "void"
NONE_OF_THEM = ("background", "none", "")
KNOWN_LAYOUTS = {
    "larynx": (
        VOID,
        "vocal folds",
        "laryngeal tissue",
        "glottis",
        "laryngeal lesion",
        "surgical instrument",
        "endotracheal tube",
    ),
    "polyp": ("background", "polyp"),
}
"""Names of the values 0, 1, 2, ... in data sets that do not say: Laves et al. 2019 (larynx), Kvasir-SEG (polyp)."""


@dataclass(frozen=True)
class LabelFolder:
    """Label map files in natural order, and the name of each value: names[value]; VOID = not to be counted."""

    files: tuple[Path, ...]
    names: tuple[str, ...]

    def read(self, file: Path, classes: Sequence[str]) -> np.ndarray:
        """The label map (H, W) uint8 in terms of `classes` (canonical): 0 = none of them, i + 1 = classes[i].

        Pixels called VOID become IGNORED. Raises InputError for a value without a name.
        """
        labels = read_labels(file)
        if labels.size and int(labels.max()) >= len(self.names):
            raise InputError(f"'{file}' holds the value {int(labels.max())}; only 0..{len(self.names) - 1} have names")
        position = {name: index + 1 for index, name in enumerate(classes)}
        values = [IGNORED if name == VOID else position.get(canonical(name), 0) for name in self.names]
        return np.array(values, np.uint8)[labels]

    @property
    def classes(self) -> tuple[str, ...]:
        """Canonical names of what the folder labels, without background and void, in the order of values."""
        return tuple(dict.fromkeys(canonical(n) for n in self.names if n not in (*NONE_OF_THEM, VOID)))


def canonical(name: str) -> str:
    """The vocabulary's name of a term or synonym ("grasper" is "surgical instrument"); else the term as it is."""
    vocabulary = load_vocabulary()
    index = vocabulary.index_of(name)
    return name if index is None else vocabulary.classes[index]


def find_labels(folder: Path, names: Sequence[str] = ()) -> LabelFolder:
    """The label maps in a folder, or in its `labels` or `masks` subfolder, and the names of their values.

    Names come from `names` (a name per value, from 0), else from results.json or labels.json beside the maps.
    Raises InputError when there are no maps or no names.
    """
    subfolder = next((folder / name for name in ("labels", "masks") if (folder / name).is_dir()), folder)
    files = tuple(files_of(subfolder, (".png",), "label map"))
    found = tuple(names) or _names_in(folder) or _names_in(subfolder)
    if not found:
        raise InputError(
            f"'{folder}' does not say what its labels mean; add labels.json, or name the values 0, 1, 2, ... in order"
        )
    return LabelFolder(files, found)


def _names_in(folder: Path) -> tuple[str, ...]:
    manifest, labels = folder / "results.json", folder / "labels.json"
    if manifest.is_file():
        return ("background", *ResultsManifest.from_text(manifest.read_text(encoding="utf-8"), manifest).request.names)
    return _read_labels_json(labels) if labels.is_file() else ()


def _read_labels_json(path: Path) -> tuple[str, ...]:
    """Names by value from labels.json: {"labels": [{"value": 1, "name": "liver"}, ...]}; gaps are background."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["labels"]
        name_from_value = {int(entry["value"]): str(entry["name"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise InputError(
            f"'{path}' cannot be read ({type(error).__name__}: {error}); expected "
            '{"labels": [{"value": 1, "name": "liver"}, ...]}'
        ) from error
    if not all(0 <= value < IGNORED for value in name_from_value):
        raise InputError(f"'{path}' names the values {sorted(name_from_value)}; expected 0..{IGNORED - 1}")
    return tuple(name_from_value.get(value, "background") for value in range(max(name_from_value, default=-1) + 1))
