"""Depth of phantoms with a hidden scale: with noise and the confidence that belongs to it, or as predicted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from scipy.stats import norm

from EndoDepthLib.phantoms import PhantomFrame
from EndoDepthLib.values import DepthMap, Frame

SMOOTH, GRAIN = 0.03, 0.01
"""Standard deviations of the relative error of noisy depth: slow over the picture, and from pixel to pixel."""
_CELLS = 5  # of the slow error, over the width


def hidden_scale(rng: np.random.Generator) -> float:
    """Millimetres per unit, 0.3 to 3."""
    return float(np.exp(rng.uniform(np.log(0.3), np.log(3.0))))


def confidence_of(deviation: float) -> float:
    """The probability that a relative error of this standard deviation is within 10 %."""
    return float(2.0 * norm.cdf(0.10 / deviation) - 1.0)


def noisy_depth(frame: PhantomFrame, mm_per_unit: float, rng: np.random.Generator) -> DepthMap:
    """The true depth in a hidden unit, with errors."""
    height, width = frame.depth.shape
    coarse = rng.normal(0, 1, (_CELLS, _CELLS + 1)).astype(np.float32)
    slow = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    slow *= SMOOTH / slow.std()
    error = slow - slow.mean() + rng.normal(0, GRAIN, slow.shape)
    confidence = np.full(slow.shape, confidence_of(float(np.hypot(SMOOTH, GRAIN))), np.float32)
    depth = (frame.depth / mm_per_unit * np.exp(error)).astype(np.float32)
    return DepthMap(depth, confidence.astype(np.float16).astype(np.float32), frame.camera)


@lru_cache(maxsize=1)
def _model() -> Any:
    from EndoDepthLib.inference import EndoDepthModel

    return EndoDepthModel.load()


def predicted_depth(frame: PhantomFrame, mm_per_unit: float) -> DepthMap:
    """What the weights answer, in a hidden unit: the truth's median is the scale that is to be found."""
    depth = _model().predict(Frame(frame.image, frame.index), frame.camera, (), frame.content, with_scores=False).depth
    both = np.isfinite(depth.depth) & np.isfinite(frame.depth)
    factor = float(np.median(frame.depth[both] / depth.depth[both])) / mm_per_unit
    return DepthMap((depth.depth * factor).astype(np.float32), depth.confidence, frame.camera)
