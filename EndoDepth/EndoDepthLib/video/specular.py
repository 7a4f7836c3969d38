"""Specular highlights: mirror images of the light on wet tissue."""

from __future__ import annotations

import math

import cv2
import numpy as np

_BRIGHT = 0.9
_PALE_BRIGHT = 0.7
_MAX_SATURATION = 0.35
_MIN_CONTRAST = 0.2
_MOST_SPREAD = np.floor(_MAX_SATURATION * np.arange(256, dtype=np.float32)).astype(np.uint8)
"""By brightest channel: how far below it the darkest of a pale pixel may be."""


def specular_mask(image: np.ndarray) -> np.ndarray:
    """(H, W) bool: highlights and their halo in an RGB image (H, W, 3) uint8.

    A pixel is a highlight when its darkest channel is nearly saturated, or when it is bright, pale and stands out
    from the tissue around it. After Arnold et al., "Automatic segmentation and inpainting of specular highlights for
    endoscopic imaging", EURASIP 2010: absolute and relative thresholds, then a halo of a few pixels.
    """
    height, width = image.shape[:2]
    channels = cv2.split(image)
    darkest = cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    brightest = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    size = max(3, 2 * (min(height, width) // 24) + 1)
    # The median of a small copy is the tissue around: highlights are a minority in any such window.
    scale = max(1, min(height, width) // 128)
    small = cv2.resize(darkest, (max(1, width // scale), max(1, height // scale)), interpolation=cv2.INTER_AREA)
    window = min(max(3, 2 * (size // (2 * scale)) + 1), 63)
    around = cv2.resize(cv2.medianBlur(small, window), (width, height), interpolation=cv2.INTER_LINEAR)
    # Bytes against whole numbers, by saturating arithmetic: an eighth of the time that floats take.
    pale = cv2.subtract(cv2.subtract(brightest, darkest), cv2.LUT(brightest, _MOST_SPREAD)) == 0
    stands_out = cv2.subtract(darkest, around) >= math.ceil(_MIN_CONTRAST * 255)
    mask = darkest >= math.ceil(_BRIGHT * 255)
    mask |= (brightest >= math.ceil(_PALE_BRIGHT * 255)) & pale & stands_out
    reach = max(1, round(min(height, width) / 300))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask.view(np.uint8), kernel).view(np.bool_)
