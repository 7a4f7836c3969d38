"""How wrong a depth may be, as its confidence says."""

from __future__ import annotations

import numpy as np

_WITHIN = 0.10  # what the confidence is the probability of (DepthMap)
_LEAST, _MOST = 0.01, 0.5


def relative_deviation(confidence: np.ndarray) -> np.ndarray:
    """Standard deviation of the relative error of depths whose confidence (any shape, 0..1) is this.

    Confidence is the probability that the depth lies within 10 %: for normal errors that tells their deviation. Kept
    between 0.01 and 0.5, as no confidence is sure enough to tell more.
    """
    from scipy.stats import norm

    share = np.clip(np.asarray(confidence, np.float64), 0.01, 0.999999)
    return np.clip(_WITHIN / norm.ppf((1.0 + share) / 2.0), _LEAST, _MOST)
