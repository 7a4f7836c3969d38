"""Laves et al. 2019, arXiv:1807.06081 (CC BY 4.0): 440 labelled frames of laryngeal surgery in five sequences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.frames import FrameSet, concatenated, read_labelled_images
from EndoDepthTrainingLib.losses import IGNORE

LARYNX_CLASSES: dict[int, str] = {
    1: "vocal folds",
    2: "laryngeal tissue",
    3: "glottis",
    4: "laryngeal lesion",
    5: "surgical instrument",
    6: "endotracheal tube",
}
"""Vocabulary name of each mask value; 0 is void, not labelled."""

LARYNX_SIZE = (224, 224)


def larynx_label_table(classes: Sequence[str]) -> np.ndarray:
    """(256,) uint8: label (1 + index in `classes`) of each mask value, IGNORE for void and unknown values."""
    table = np.full(256, IGNORE, np.uint8)
    for value, name in LARYNX_CLASSES.items():
        if name in classes:
            table[value] = 1 + list(classes).index(name)
    return table


def read_larynx(folder: Path, classes: Sequence[str], size: tuple[int, int] = LARYNX_SIZE) -> FrameSet:
    """All sequences as one set, groups = sequence names. Raises InputError when the layout is another."""
    sequences = sorted(path for path in folder.iterdir() if (path / "images").is_dir())
    if not sequences:
        raise InputError(f"folder {folder} holds no sequence with images/ and masks/; check the data set")
    table = larynx_label_table(classes)
    return concatenated([read_labelled_images(path / "images", path / "masks", table, size) for path in sequences])
