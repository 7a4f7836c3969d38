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
_MIN_PART = 0.2
_AGREEING_FRAMES = 0.75
_BLACK = 8
_MIN_INSET = 0.01
_MIN_INSET_FILL = 0.9


def find_content_area(frames: Iterable[Frame]) -> np.ndarray:
    """(H, W) bool: True where the frames show the body; smooth, all True when there is no dark border.

    In each of up to 32 frames (a few spread over the video do) it takes the convex hull of the large bright regions:
    round, octagonal and rectangular apertures are convex, so dark lumens that reach the border and burnt-in text
    outside do not matter. A pixel counts when three quarters of the frames agree, for an aperture may wander by some
    pixels when the scope turns in its coupler. Black rectangles over the border (blanked insets) are left out.
    Raises InputError without frames or when their sizes differ.
    """
    brightest: np.ndarray | None = None
    votes: np.ndarray | None = None
    voters = 0
    height = width = 0
    for frame in islice(frames, _MAX_FRAMES):
        if votes is None or brightest is None:
            height, width = frame.height, frame.width
            scale = min(1.0, _WORK_HEIGHT_PX / height)
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            votes = np.zeros(size[::-1], np.int32)
            brightest = np.zeros(size[::-1], np.uint8)
        if (frame.height, frame.width) != (height, width):
            raise InputError(
                f"frame {frame.index} is {frame.width}x{frame.height} pixels; "
                f"expected {width}x{height} like the first one"
            )
        small = cv2.resize(frame.image.max(axis=2), size, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.medianBlur(small, 3), dtype=np.uint8)
        brightest = np.maximum(brightest, small)
        mask = _bright_hull(small)
        if mask is not None:
            votes += mask
            voters += 1
    if votes is None or brightest is None:
        raise InputError("no frame was given to find the content area in; expected at least one")
    agreed = votes >= _AGREEING_FRAMES * voters
    everything = np.ones((height, width), dtype=bool)
    if voters == 0 or (~agreed).mean() < _MIN_BORDER or agreed.mean() < _MIN_CONTENT:
        return everything
    result = _enlarged_hull(agreed, (width, height))
    insets = _blanked_insets(brightest, agreed)
    if insets.any():
        result[cv2.resize(insets.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 0
        _, components, statistics, _ = cv2.connectedComponentsWithStats(result)  # crumbs of the hull's edge go too
        result = (components == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))).astype(np.uint8)
    return result.astype(bool)


def _bright_hull(grey: np.ndarray) -> np.ndarray | None:
    """(h, w) bool: hull of the large bright regions; all True when what is outside is not dark, None when all is."""
    bright = np.asarray(grey > _DARK, dtype=np.uint8)
    opened = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))  # text and noise go
    count, components, statistics, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return None
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    parts = (areas >= _MIN_PART * areas.max())[components].astype(np.uint8)  # an instrument may divide the view
    region = bright & np.asarray(cv2.dilate(parts, np.ones((5, 5), np.uint8)))  # pointed corners come back
    mask = np.asarray(cv2.fillConvexPoly(np.zeros_like(bright), _hull(region), 1)).astype(bool)
    outside = ~mask
    if mask.mean() < _MIN_CONTENT or (outside.any() and opened[outside].mean() > _MAX_BRIGHT_OUTSIDE):
        return np.ones_like(mask)
    return mask


def _hull(region: np.ndarray) -> np.ndarray:
    """Convex hull (N, 1, 2) int32 (x, y) of the pixels of a mask."""
    contours, _ = cv2.findContours(np.asarray(region, dtype=np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.convexHull(np.concatenate([np.asarray(contour) for contour in contours])))


def _enlarged_hull(region: np.ndarray, full_size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8: the hull of a small mask filled in the full picture, without its mixed outermost pixels."""
    height, width = region.shape
    hull = _hull(region).astype(np.float64)
    corners = np.concatenate([hull + [dx, dy] for dx in (-0.5, 0.5) for dy in (-0.5, 0.5)])
    scale = (full_size[0] / width, full_size[1] / height)
    scaled = (corners + 0.5) * scale - 0.5
    outline = cv2.convexHull(np.rint(scaled * 16).astype(np.int32))
    filled = cv2.fillConvexPoly(np.zeros(full_size[::-1], np.uint8), outline, 1, shift=4)
    reach = max(1, round(0.5 * scale[1]))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.erode(filled, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(1,)), dtype=np.uint8)


def _blanked_insets(brightest: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(h, w) bool: black rectangles inside the mask that reach its edge; a dark lumen there is not rectangular."""
    insets = np.zeros_like(mask)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=(0,))
    near_edge = mask & ~np.asarray(inner).astype(bool)
    black = ((brightest <= _BLACK) & mask).astype(np.uint8)
    count, components, statistics, _ = cv2.connectedComponentsWithStats(black)
    for label in range(1, count):
        x, y, w, h, area = (int(value) for value in statistics[label])
        component = components == label
        box = mask[y : y + h, x : x + w]
        if area >= _MIN_INSET * mask.size and area >= _MIN_INSET_FILL * box.sum() and np.any(component & near_edge):
            insets[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1] = True
    return insets & mask
