"""Specular highlights: mirror images of the light on wet tissue."""

from __future__ import annotations

import cv2
import numpy as np

_BRIGHT = 0.9
_PALE_BRIGHT = 0.7
_MAX_SATURATION = 0.35
_MIN_CONTRAST = 0.2


def specular_mask(image: np.ndarray) -> np.ndarray:
    """(H, W) bool: highlights and their halo in an RGB image (H, W, 3) uint8.

    A pixel is a highlight when its darkest channel is nearly saturated, or when it is bright, pale and stands out
    from the tissue around it. After Arnold et al., "Automatic segmentation and inpainting of specular highlights for
    endoscopic imaging", EURASIP 2010: absolute and relative thresholds, then a halo of a few pixels.
    """
    height, width = image.shape[:2]
    darkest = image.min(axis=2)
    brightest = image.max(axis=2)
    size = max(3, 2 * (min(height, width) // 24) + 1)
    # The median of a small copy is the tissue around: highlights are a minority in any such window.
    scale = max(1, min(height, width) // 128)
    small = cv2.resize(darkest, (max(1, width // scale), max(1, height // scale)), interpolation=cv2.INTER_AREA)
    window = min(max(3, 2 * (size // (2 * scale)) + 1), 63)
    around = cv2.resize(cv2.medianBlur(small, window), (width, height), interpolation=cv2.INTER_LINEAR)
    contrast = darkest.astype(np.float32) - around
    pale = (brightest - darkest) <= _MAX_SATURATION * brightest.astype(np.float32)
    mask = darkest >= _BRIGHT * 255
    mask |= (brightest >= _PALE_BRIGHT * 255) & pale & (contrast >= _MIN_CONTRAST * 255)
    reach = max(1, round(min(height, width) / 300))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)
