"""The frames of one sequence as self-supervision sees them: small, on one grid, with what may be learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from EndoDepthLib.inference.network_grid import NetworkGrid
from EndoDepthLib.values import Camera
from EndoDepthLib.video import specular_mask

MOST_HIDDEN = 0.25
"""A small pixel of which more than this share is border or highlight is not learned from."""


@dataclass(frozen=True)
class SequenceFrame:
    """A frame as it is read: image (H, W, 3) uint8 RGB, and true depth (H, W) float32 where there is one, NaN unknown
    (only to measure by)."""

    image: np.ndarray
    depth: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class MotionClip:
    """N frames of a sequence on a grid of (h, w) pixels.

    images (N, h, w, 3) uint8, black outside the content; usable (N, h, w) bool: inside the content, no highlight,
    nothing that moves on its own; labels (N, h, w) uint8: structures, 0 none; camera: of these pixels, camera_known:
    whether it is more than a guess; depth (N, h, w) float32, NaN unknown, or None; stride: frames between neighbours.
    """

    name: str
    images: np.ndarray
    usable: np.ndarray
    labels: np.ndarray
    camera: Camera
    camera_known: bool
    depth: np.ndarray | None = None
    stride: int = 1

    def __len__(self) -> int:
        return len(self.images)

    @property
    def targets(self) -> np.ndarray:
        """Numbers of the frames that have a neighbour on either side."""
        return np.arange(self.stride, len(self) - self.stride)


def read_clip(
    name: str,
    frames: Iterable[SequenceFrame],
    content: np.ndarray,
    camera: Camera,
    camera_known: bool,
    size: tuple[int, int],
    told: Callable[[], None] | None = None,
) -> MotionClip:
    """Frames, one at a time, reduced to `size` (height, width), multiples of 32; told: after each.

    camera, content (H, W) bool: of the frames' own pixels. Labels are 0 and the stride 1 so far. Raises InputError when
    the content is empty.
    """
    height, width = size
    grid = replace(NetworkGrid.fit(content, height * width), network_height=height, network_width=width)
    images, usable, depths = [], [], []
    for frame in frames:
        hidden = ~content | specular_mask(frame.image)
        share = cv2.resize(hidden[grid.window].astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        images.append((grid.to_network(frame.image).transpose(1, 2, 0) * 255.0).round().astype(np.uint8))
        usable.append(share <= MOST_HIDDEN)
        if frame.depth is not None:
            cut = frame.depth[grid.window].astype(np.float32)
            depths.append(cv2.resize(cut, (width, height), interpolation=cv2.INTER_NEAREST_EXACT))
        if told is not None:
            told()
    cropped = camera.crop(grid.x, grid.y, grid.width, grid.height).resize(width, height)
    depth = np.stack(depths) if depths and len(depths) == len(images) else None
    labels = np.zeros((len(images), height, width), np.uint8)
    return MotionClip(name, np.stack(images), np.stack(usable), labels, cropped, camera_known, depth)


def with_labels(clip: MotionClip, labels: np.ndarray, moving: Iterable[int]) -> MotionClip:
    """The clip with structures (N, h, w) uint8; pixels of the labels `moving`, and those beside them, are not usable:
    they move on their own."""
    reach = max(1, round(clip.images.shape[1] / 72))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    apart = np.isin(labels, list(moving)).astype(np.uint8)
    apart = np.stack([cv2.dilate(each, kernel) for each in apart]).astype(bool)
    return replace(clip, labels=labels, usable=clip.usable & ~apart)


def spread(count: int, most: int) -> Iterator[int]:
    """At most `most` of `count` positions, evenly spaced."""
    yield from np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)).tolist()
