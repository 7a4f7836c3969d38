"""The quick arithmetic in whole numbers says what the thresholds on real numbers say."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from EndoDepthLib.video import Validity
from EndoDepthLib.video.specular import specular_mask
from EndoDepthLib.video.validity import validity_map


def _by_definition(image: np.ndarray) -> np.ndarray:
    """For pictures of 128 to 255 rows, where the surroundings are a median at full size."""
    height, width = image.shape[:2]
    darkest, brightest = image.min(axis=2), image.max(axis=2)
    size = max(3, 2 * (min(height, width) // 24) + 1)
    around = cv2.medianBlur(darkest, max(3, 2 * (size // 2) + 1))
    contrast = darkest.astype(np.float64) - around
    pale = (brightest.astype(np.float64) - darkest) <= np.float32(0.35) * brightest.astype(np.float32)
    mask = (darkest >= 0.9 * 255) | ((brightest >= 0.7 * 255) & pale & (contrast >= 0.2 * 255))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(bool)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), dark=st.integers(0, 140))
def test_thresholds_are_met_exactly(seed: int, dark: int) -> None:
    random = np.random.default_rng(seed)
    image = random.integers(dark, dark + 30, (130, 140, 3)).astype(np.uint8)
    spots = random.random((130, 140)) < 0.2
    image[spots] = random.integers(170, 256, (int(spots.sum()), 3))
    expected = _by_definition(image)
    assert np.array_equal(specular_mask(image), expected)
    content = random.random((130, 140)) < 0.8
    validity = validity_map(image, content)
    assert validity.dtype == np.uint8
    assert np.array_equal(validity == Validity.SPECULAR, expected & content)
    assert np.array_equal(validity == Validity.OUTSIDE, ~content)
