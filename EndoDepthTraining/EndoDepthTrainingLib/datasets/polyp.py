"""Kvasir-SEG (Jha et al. 2020): colonoscopy frames whose masks name polyps only. Research use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from EndoDepthTrainingLib.datasets.frames import FrameSet, read_labelled_images
from EndoDepthTrainingLib.losses import NOT_CLASS

POLYP_SIZE = (224, 224)


def polyp_label_table(classes: Sequence[str]) -> np.ndarray:
    """(256,) uint8: mask value 1 is the class polyp; all else is only known not to be one."""
    polyp = 1 + list(classes).index("polyp")
    table = np.full(256, NOT_CLASS + polyp, np.uint8)
    table[1] = polyp
    return table


def read_polyp(folder: Path, split: str, classes: Sequence[str], size: tuple[int, int] = POLYP_SIZE) -> FrameSet:
    """The split "train" or "validation". Raises InputError when the layout is another."""
    part = folder / split
    return read_labelled_images(part / "images", part / "masks", polyp_label_table(classes), size)
