"""Cutting frames to the window a protocol compares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.decoding import Reading
from EndoDepthTrainingLib.datasets.public.sample import Sample


@dataclass(frozen=True)
class Window:
    """Reads the part (x, y, width, height) of what another reading gives. Raises InputError when it leaves that."""

    reading: Reading
    window_px: tuple[int, int, int, int]
    name: str

    def __call__(self) -> np.ndarray:
        """The part."""
        array = self.reading()
        x, y, width, height = self.window_px
        if x + width > array.shape[1] or y + height > array.shape[0]:
            raise InputError(
                f"frame '{self.name}' is {array.shape[1]}x{array.shape[0]}; the protocol's window {width}x{height} at "
                f"({x}, {y}) leaves it"
            )
        return array[y : y + height, x : x + width]


def cropped(sample: Sample, window_px: tuple[int, int, int, int]) -> Sample:
    """The sample cut to (x, y, width, height)."""

    def cut(reading: Reading) -> Reading:
        return Window(reading, window_px, sample.name)

    return replace(
        sample,
        image=cut(sample.image),
        depth_mm=None if sample.depth_mm is None else cut(sample.depth_mm),
        labels=None if sample.labels is None else cut(sample.labels),
        camera=None if sample.camera is None else sample.camera.crop(*window_px),
    )
