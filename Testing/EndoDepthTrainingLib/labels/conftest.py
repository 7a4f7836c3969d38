from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthTrainingLib.labels.seg_nrrd import Segments, write_seg_nrrd

SIZE = (64, 48)


def pictured(number: int) -> tuple[np.ndarray, np.ndarray]:
    """A reddish picture (48, 64, 3) RGB with a bright disc that moves, and where the disc is."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    disc = np.hypot(columns - 16 - 4 * number, rows - 24) < 9
    image = np.full((SIZE[1], SIZE[0], 3), (150, 60, 60), np.uint8)
    image[disc] = (240, 220, 90)
    return image, disc


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of so many frames, the first of which are labelled."""

    def make(name: str, frames: int, labelled: int, segment: str = "polyp") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for number in range(frames):
            image, disc = pictured(number)
            assert cv2.imwrite(str(folder / f"f{number}.png"), image[..., ::-1])
            if number < labelled:
                marked = Segments(disc.astype(np.uint8), (segment,), ((255, 220, 0),))
                write_seg_nrrd(folder / f"f{number}.seg.nrrd", marked)
        return folder

    return make
