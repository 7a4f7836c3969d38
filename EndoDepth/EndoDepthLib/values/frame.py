"""One decoded picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError


@dataclass(frozen=True)
class Frame:
    """One decoded picture: image (H, W, 3) uint8 RGB, its index in the source and its time in seconds."""

    image: np.ndarray
    index: int = 0
    time_s: float = 0.0

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise InputError(
                f"frame {self.index} has shape {self.image.shape} and type {self.image.dtype}; "
                "expected (height, width, 3) uint8 RGB"
            )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])
