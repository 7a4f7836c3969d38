"""Whether a confidence means what it says: the share of pixels that are right, by the confidence they were given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

RIGHT_WITHIN = 0.10
"""A depth is right when it lies within 10 % of the reference (what DepthMap's confidence is the probability of)."""


@dataclass
class ConfidenceCalibration:
    """Counts of right and of all pixels in equal bins of confidence; filled image by image, pixels pooled."""

    bins: int = 10
    _right: np.ndarray = field(init=False, repr=False)
    _total: np.ndarray = field(init=False, repr=False)
    _confidence: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._right, self._total, self._confidence = (np.zeros(self.bins) for _ in range(3))

    def update(self, confidence: np.ndarray, prediction: np.ndarray, reference: np.ndarray) -> None:
        """Add pixels: confidence in [0, 1], prediction (scaled) and reference, three (N,) arrays."""
        index = np.clip((confidence * self.bins).astype(int), 0, self.bins - 1)
        right = np.abs(prediction - reference) <= RIGHT_WITHIN * reference
        self._right += np.bincount(index, weights=right, minlength=self.bins)
        self._confidence += np.bincount(index, weights=confidence, minlength=self.bins)
        self._total += np.bincount(index, minlength=self.bins)

    def merge(self, other: ConfidenceCalibration) -> None:
        """Add the pixels of another calibration with as many bins."""
        self._right += other._right
        self._total += other._total
        self._confidence += other._confidence

    def arrays(self) -> dict[str, np.ndarray]:
        """All that is counted, by name: to be kept in a file, and handed to `restored` later."""
        return {"_right": self._right, "_total": self._total, "_confidence": self._confidence}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> ConfidenceCalibration:
        """What `arrays` gave, to be filled further."""
        calibration = cls(len(arrays["_total"]))
        for name, counted in calibration.arrays().items():
            counted += arrays[name]
        return calibration

    @property
    def pixels(self) -> int:
        """How many pixels were added."""
        return int(self._total.sum())

    def reliability(self) -> list[tuple[float, float, float]]:
        """Per non-empty bin: mean confidence, share of right pixels, share of all pixels."""
        filled = np.flatnonzero(self._total)
        return [
            (
                float(self._confidence[i] / self._total[i]),
                float(self._right[i] / self._total[i]),
                float(self._total[i] / self._total.sum()),
            )
            for i in filled
        ]

    def expected_error(self) -> float:
        """Expected calibration error: mean |confidence - share right| over pixels, in [0, 1]; NaN without pixels."""
        if not self.pixels:
            return math.nan
        return float(sum(share * abs(confidence - right) for confidence, right, share in self.reliability()))
