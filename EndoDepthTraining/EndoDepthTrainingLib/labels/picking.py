"""Which frames of a recording are worth a person's time: few, as different from each other as there are."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_THUMBNAIL = (16, 12)
_BLURRED_SHARE = 0.25
_SHARPNESS_WIDTH = 320


def frame_appearance(image: np.ndarray) -> tuple[np.ndarray, float]:
    """How a frame (H, W, 3) uint8 RGB looks, (576,) float32 of a small Lab picture, and how sharp it is (0 = flat).

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) at one width for all videos.
    """
    height, width = image.shape[:2]
    scale = min(1.0, _SHARPNESS_WIDTH / width)
    small = cv2.resize(
        image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    sharpness = float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
    thumbnail = cv2.resize(small, _THUMBNAIL, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(thumbnail.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    return lab.ravel(), sharpness


def pick_spread(appearances: np.ndarray, sharpness: Sequence[float], count: int) -> list[int]:
    """The places of `count` frames (all, when there are fewer) that are spread over time and appearance, in order.

    appearances: (N, D), one row a frame, evenly spaced in time. Farthest-point sampling (Gonzalez 1985) over appearance
    and time, each counted so that its farthest pair has distance 1; the most blurred quarter is passed over while
    enough others are left.
    """
    places = np.arange(len(appearances))
    if len(places) <= count:
        return places.tolist()
    sharp = np.asarray(sharpness) >= np.quantile(np.asarray(sharpness), _BLURRED_SHARE)
    if sharp.sum() >= 2 * count:
        places = places[sharp]
    looks = np.asarray(appearances, np.float64)[places]
    squares = (looks**2).sum(axis=1)
    between = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2.0 * looks @ looks.T, 0.0))
    apart = np.abs(places[:, None] - places[None]).astype(np.float64)
    distance = np.hypot(between / max(between.max(), 1e-9), apart / apart.max())
    chosen = [int(distance.sum(axis=1).argmin())]  # the most ordinary frame first
    nearest = distance[chosen[0]]
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return sorted(int(places[number]) for number in chosen)
