"""The frames of a video as adaptation sees them: on the network's grid, with what may be learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.inference.network_grid import NetworkGrid
from EndoDepthLib.motion.preparation import LeftOut
from EndoDepthLib.values import Camera, Frame
from EndoDepthLib.video import specular_mask

_MOST_HIDDEN = 0.25
"""Share of a small pixel that highlights, instruments and border may cover before it is not used."""


@dataclass(frozen=True)
class AdaptationClip:
    """N frames of a video on one network grid (h, w).

    images (N, h, w, 3) uint8; usable (N, h, w) bool: inside the content, no highlight, nothing that moves on its own;
    moving (N, h, w) bool: what does, instruments above all; frames (N,) int: their numbers in the video; grid: from
    decoded pixels to these; camera: of these pixels.
    """

    images: np.ndarray
    usable: np.ndarray
    moving: np.ndarray
    frames: np.ndarray
    grid: NetworkGrid
    camera: Camera

    def __len__(self) -> int:
        return len(self.images)

    def pixels_on_grid(self, pixels: np.ndarray) -> np.ndarray:
        """Decoded pixels (M, 2) (u, v) as pixels of these frames."""
        scale = np.array([self.grid.network_width / self.grid.width, self.grid.network_height / self.grid.height])
        return (pixels - [self.grid.x, self.grid.y] + 0.5) * scale - 0.5


def read_clips(
    frames: Iterable[Frame],
    camera: Camera,
    content: np.ndarray,
    pixels: Sequence[int],
    left_out: LeftOut | None = None,
    told: Callable[[], None] | None = None,
) -> list[AdaptationClip]:
    """The same frames (read one at a time, kept small) once for each number of network pixels; told: after each frame.

    camera, content (H, W) bool: of the decoded pixels. left_out: what moves on its own in a frame. Raises InputError
    without frames.
    """
    grids = [NetworkGrid.fit(content, count) for count in pixels]
    images: list[list[np.ndarray]] = [[] for _ in grids]
    usable: list[list[np.ndarray]] = [[] for _ in grids]
    moving: list[list[np.ndarray]] = [[] for _ in grids]
    numbers = []
    for frame in frames:
        apart = np.zeros_like(content) if left_out is None else left_out(frame)
        hidden = ~content | specular_mask(frame.image) | apart
        for grid, own_images, own_usable, own_moving in zip(grids, images, usable, moving, strict=True):
            share = _share(hidden, grid)
            own_moving.append(_share(apart, grid) >= _MOST_HIDDEN)
            own_images.append((grid.to_network(frame.image).transpose(1, 2, 0) * 255.0).round().astype(np.uint8))
            own_usable.append(share < _MOST_HIDDEN)
        numbers.append(frame.index)
        if told is not None:
            told()
    if not numbers:
        raise InputError("no frame of the video could be read; expected at least one")
    return [
        AdaptationClip(
            np.stack(own_images),
            np.stack(own_usable),
            np.stack(own_moving),
            np.array(numbers),
            grid,
            camera.crop(grid.x, grid.y, grid.width, grid.height).resize(grid.network_width, grid.network_height),
        )
        for grid, own_images, own_usable, own_moving in zip(grids, images, usable, moving, strict=True)
    ]


def _share(mask: np.ndarray, grid: NetworkGrid) -> np.ndarray:
    """(h, w) float32: how much of each small pixel a mask (H, W) bool covers."""
    size = (grid.network_width, grid.network_height)
    return np.asarray(cv2.resize(mask[grid.window].astype(np.float32), size, interpolation=cv2.INTER_AREA))
