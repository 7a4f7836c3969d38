"""Between the decoded pixel grid and the small picture a network sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from EndoDepthLib.errors import InputError

STRIDE = 32


def network_size(width: int, height: int, pixels: int) -> tuple[int, int]:
    """Network input (width, height): about `pixels` in all, the aspect ratio kept, both multiples of 32.

    640 x 480 -> 320 x 256 and 1920 x 1080 -> 384 x 224 for 320 * 256 pixels; the stretch that the rounding leaves is
    a few per cent.
    """
    ideal_height = math.sqrt(pixels * height / width)
    rounded_height = max(STRIDE, round(ideal_height / STRIDE) * STRIDE)
    rounded_width = max(STRIDE, round(ideal_height * width / height / STRIDE) * STRIDE)
    return min(rounded_width, _longest(pixels)), min(rounded_height, _longest(pixels))


def _longest(pixels: int) -> int:
    """A strip of a picture is squeezed rather than made endless: no side is longer than at an aspect ratio of 8."""
    return max(STRIDE, math.ceil(math.sqrt(pixels * 8) / STRIDE) * STRIDE)


@dataclass(frozen=True)
class NetworkGrid:
    """Where the network looks: the bounding box of the content, resized to the network's input.

    content (H, W) bool on the decoded grid; x, y, width, height: the box in pixels; network_width, network_height: the
    input size. A round picture in a dark frame so fills the input, as the training pictures do.
    """

    content: np.ndarray
    x: int
    y: int
    width: int
    height: int
    network_width: int
    network_height: int

    @classmethod
    def fit(cls, content: np.ndarray, pixels: int) -> NetworkGrid:
        """The grid for a content mask and a number of network pixels. Raises InputError for an empty mask."""
        rows, columns = np.flatnonzero(content.any(axis=1)), np.flatnonzero(content.any(axis=0))
        if not len(rows):
            raise InputError("the content mask is empty; expected at least one pixel inside the endoscope's picture")
        x, y = int(columns[0]), int(rows[0])
        width, height = int(columns[-1]) - x + 1, int(rows[-1]) - y + 1
        return cls(content, x, y, width, height, *network_size(width, height, pixels))

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the bounding box."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    @cached_property
    def is_full(self) -> bool:
        """Whether every pixel of the bounding box is content, so that nothing has to be masked."""
        return bool(self.content[self.window].all())

    def to_network(self, image: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (3, h, w) float32 in 0..1, black outside the content (no burnt-in text is seen)."""
        inside = image[self.window]
        if not self.is_full:
            inside = cv2.copyTo(np.ascontiguousarray(inside), self.content[self.window].astype(np.uint8))
        shrinks = self.network_width * self.network_height < self.width * self.height
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(inside, (self.network_width, self.network_height), interpolation=method)
        return np.ascontiguousarray(resized.transpose(2, 0, 1), dtype=np.float32) / np.float32(255.0)

    def from_network(self, values: np.ndarray) -> np.ndarray:
        """(h, w) float32 of any resolution over the box -> (height, width) float32, bilinear, edges on edges."""
        return cv2.resize(values, (self.width, self.height), interpolation=cv2.INTER_LINEAR)

    def paste(self, values: np.ndarray, outside: float) -> np.ndarray:
        """Values of the box (height, width) on the decoded grid (H, W); `outside` the content."""
        if self.is_full and values.shape == self.content.shape:
            return values
        full = np.full(self.content.shape, outside, dtype=values.dtype)
        full[self.window] = np.where(self.content[self.window], values, np.asarray(outside, dtype=values.dtype))
        return full
