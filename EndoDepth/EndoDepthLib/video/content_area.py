"""The part of an endoscopic frame that shows the body: what lies inside the dark border."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame

_MAX_FRAMES = 32
_WORK_HEIGHT_PX = 256
_DARK = 24
"""Grey value below which a border may lie: video black plus what compression leaves."""
_MIN_BORDER = 0.01
_MIN_CONTENT = 0.15
_MAX_BRIGHT_OUTSIDE = 0.12
_BLACK = 8
_MIN_INSET = 0.01
_MIN_INSET_FILL = 0.9


def find_content_area(frames: Iterable[Frame]) -> np.ndarray:
    """(H, W) bool: True where the frames show the body; smooth, all True when there is no dark border.

    Looks at the brightest value of each pixel over up to 32 frames (a few spread over the video do), takes the largest bright
    region, and its convex hull: round, octagonal and rectangular apertures are convex, so dark lumens that reach the
    border and burnt-in text outside do not matter. Black rectangles over the border (blanked insets) are left out.
    Raises InputError without frames or when their sizes differ.
    """
    brightest: np.ndarray | None = None
    for frame in islice(frames, _MAX_FRAMES):
        image = frame.image.max(axis=2)
        if brightest is not None and image.shape != brightest.shape:
            raise InputError(f"frame {frame.index} is {image.shape}; expected {brightest.shape} like the first one")
        brightest = image if brightest is None else np.maximum(brightest, image)
    if brightest is None:
        raise InputError("no frame was given to find the content area in; expected at least one")
    height, width = brightest.shape
    scale = min(1.0, _WORK_HEIGHT_PX / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.medianBlur(cv2.resize(brightest, size, interpolation=cv2.INTER_AREA), 3)
    bright = (small > _DARK).astype(np.uint8)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, components, statistics, _ = cv2.connectedComponentsWithStats(bright)
    everything = np.ones((height, width), dtype=bool)
    if count < 2:
        return everything
    largest = (components == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    outline = np.concatenate(cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0])
    hull = cv2.convexHull(outline)
    mask = cv2.fillConvexPoly(np.zeros_like(largest), hull, 1).astype(bool)
    outside = ~mask
    if outside.mean() < _MIN_BORDER or mask.mean() < _MIN_CONTENT or bright[outside].mean() > _MAX_BRIGHT_OUTSIDE:
        return everything
    scaled = (hull.astype(np.float64) + 0.5) * (width / size[0], height / size[1]) - 0.5
    result = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), np.rint(scaled).astype(np.int32), 1)
    insets = _blanked_insets(small, mask)
    if insets.any():
        result[cv2.resize(insets.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 0
        _, components, statistics, _ = cv2.connectedComponentsWithStats(result)  # crumbs of the hull's edge go too
        result = components == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    return result.astype(bool)


def _blanked_insets(brightest: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: black rectangles inside the mask that reach its edge; a dark lumen there is not rectangular."""
    insets = np.zeros_like(mask)
    near_edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=0).astype(bool)
    black = ((brightest <= _BLACK) & mask).astype(np.uint8)
    count, components, statistics, _ = cv2.connectedComponentsWithStats(black)
    for label in range(1, count):
        x, y, w, h, area = (int(value) for value in statistics[label])
        component = components == label
        box = mask[y : y + h, x : x + w]
        if area >= _MIN_INSET * mask.size and area >= _MIN_INSET_FILL * box.sum() and np.any(component & near_edge):
            insets[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1] = True
    return insets & mask
