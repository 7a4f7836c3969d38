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
    """How corners of one grey picture (h, w) uint8 are found in another; see followed_corners."""
    return followed_corners(first, second, mask)[0]


def followed_corners(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray | None = None
) -> tuple[FrameMotion, np.ndarray, np.ndarray]:
    """Follow corners of one grey picture (h, w) uint8 into another (Lucas and Kanade 1981, pyramidal, there and back).

    mask (h, w) bool: where corners may start. Gives the motion, and where the corners that are found again are in both:
    (N, 2) float64 (u, v) each. Without corners nothing is followed.
    """
    allowed = None if mask is None else mask.astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(first, _CORNERS, 0.01, 5, mask=allowed)
    nothing = np.zeros((0, 2))
    if corners is None or len(corners) < 8:
        return FrameMotion(0.0, 0.0), nothing, nothing
    options = {"winSize": (_WINDOW_PX, _WINDOW_PX), "maxLevel": _LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(first, second, corners, None, **options)  # type: ignore[call-overload]
    back, returned, _ = cv2.calcOpticalFlowPyrLK(second, first, there, None, **options)  # type: ignore[call-overload]
    strays = np.linalg.norm((back - corners).reshape(-1, 2), axis=1)
    good = (found.ravel() > 0) & (returned.ravel() > 0) & (strays <= _RETURN_PX)
    if not good.any():
        return FrameMotion(0.0, 0.0), nothing, nothing
    begin, end = (points.reshape(-1, 2)[good].astype(np.float64) for points in (corners, there))
    way = float(np.median(np.linalg.norm(end - begin, axis=1))) / float(np.hypot(*first.shape))
    return FrameMotion(float(good.mean()), way), begin, end
