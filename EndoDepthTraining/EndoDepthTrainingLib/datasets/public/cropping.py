"""Cutting frames to the window a protocol compares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.decoding import Reading
from EndoDepthTrainingLib.datasets.public.sample import Sample


def cropped(sample: Sample, window_px: tuple[int, int, int, int]) -> Sample:
    """The sample cut to (x, y, width, height). Reading raises InputError when the window leaves the picture."""
    x, y, width, height = window_px

    def cut(reading: Reading) -> Reading:
        def read() -> np.ndarray:
            array = reading()
            if x + width > array.shape[1] or y + height > array.shape[0]:
                raise InputError(
                    f"frame '{sample.name}' is {array.shape[1]}x{array.shape[0]}; the protocol's window "
                    f"{width}x{height} at ({x}, {y}) leaves it"
                )
            return array[y : y + height, x : x + width]

        return read

    return replace(
        sample,
        image=cut(sample.image),
        depth_mm=None if sample.depth_mm is None else cut(sample.depth_mm),
        labels=None if sample.labels is None else cut(sample.labels),
        camera=None if sample.camera is None else sample.camera.crop(x, y, width, height),
    )
