"""How much of a picture can be followed into another one, and how far it moves: corners and their optical flow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_CORNERS = 400
_WIDTH_PX = 320
_LEVELS = 4
_WINDOW_PX = 15
_RETURN_PX = 1.0
"""A corner counts as followed when the way back ends within this of where it started (small picture)."""


@dataclass(frozen=True)
class FrameMotion:
    """followed: share (0..1) of the corners that are found again; displacement: their median way, in picture diagonals
    (0 when none is)."""

    followed: float
    displacement: float


def small_grey(image: np.ndarray) -> np.ndarray:
    """(h, w) uint8 grey copy, 320 px wide, of an RGB image (H, W, 3) uint8: what `follow` compares."""
    height = max(32, round(image.shape[0] * _WIDTH_PX / image.shape[1]))
    small = cv2.resize(image, (_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def follow(first: np.ndarray, second: np.ndarray, mask: np.ndarray | None = None) -> FrameMotion:
    """Follow corners of one grey picture (h, w) uint8 into another (Lucas and Kanade 1981, pyramidal, there and back).

    mask (h, w) bool: where corners may start. Without corners nothing is followed.
    """
    allowed = None if mask is None else mask.astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(first, _CORNERS, 0.01, 5, mask=allowed)
    if corners is None or len(corners) < 8:
        return FrameMotion(0.0, 0.0)
    options = {"winSize": (_WINDOW_PX, _WINDOW_PX), "maxLevel": _LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, None, **options)  # type: ignore[call-overload]
    back, returned, _ = cv2.calcOpticalFlowPyrLK(second, first, there, None, **options)  # type: ignore[call-overload]
    strays = np.linalg.norm((back - corners).reshape(-1, 2), axis=1)
    good = (found.ravel() > 0) & (returned.ravel() > 0) & (strays <= _RETURN_PX)
    if not good.any():
        return FrameMotion(0.0, 0.0)
    ways = np.linalg.norm((there - corners).reshape(-1, 2)[good], axis=1)
    return FrameMotion(float(good.mean()), float(np.median(ways)) / float(np.hypot(*first.shape)))
