"""Depth without a network: what a figure has to beat before it says anything.

Endoscopic depth is flat and the light moves with the camera: a constant, or a power of the brightness, guesses well.
"""

from __future__ import annotations

import cv2
import numpy as np

FALLOFF_EXPONENTS = (-0.25, -0.5)
DARKEST = 1e-3  # light below one thousandth of full scale counts as this: 8 bits hold no more, and 0 has no power


def light(image: np.ndarray) -> np.ndarray:
    """Smoothed linear light L (H, W) float64 in [DARKEST, 1] of an (H, W, 3) uint8 RGB image.

    The brightest channel, gamma-expanded (^2.2), Gaussian blur with sigma = width / 40.
    """
    linear = (image.max(axis=2).astype(np.float64) / 255.0) ** 2.2
    return np.maximum(cv2.GaussianBlur(linear, (0, 0), image.shape[1] / 40.0), DARKEST)


def trivial_depths(image: np.ndarray | None, height: int, width: int) -> dict[str, np.ndarray]:
    """Depth up to scale of each trivial baseline, (height, width) float64; without an image only the constant."""
    depths = {"constant depth": np.ones((height, width))}
    if image is not None:
        brightness = light(image)
        if brightness.shape != (height, width):
            brightness = cv2.resize(brightness, (width, height), interpolation=cv2.INTER_LINEAR)
        depths |= {f"depth = L^{exponent:g}": brightness**exponent for exponent in FALLOFF_EXPONENTS}
    return depths
