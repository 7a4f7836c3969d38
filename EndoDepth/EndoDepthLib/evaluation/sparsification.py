"""Whether a confidence knows where the errors are: the error of what is left when the least certain pixels go.

Sparsification curves and the area between a curve and the oracle's (AUSE): E. Ilg et al., Uncertainty estimates and
multi-hypotheses networks for optical flow, ECCV 2018. Depth is brought to the reference's scale once, on all pixels,
before any are removed: a curve says nothing of how well the scale of what is left would fit by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np

REMOVED = np.arange(20) / 20.0
"""The fractions of pixels removed at which a curve is known: 0, 0.05, ..., 0.95."""
NAMED_FRACTION = 0.2
"""The fraction that tables name: how much AbsRel falls when these least certain pixels go."""

_BINS = 1000  # of confidence, and of error: the curve is exact at their borders and straight between them


@dataclass(frozen=True)
class SparsificationCurve:
    """AbsRel of the pixels that are left, at each of REMOVED: (20,) float64, NaN where there was no pixel.

    by_confidence: the least certain go first; by_oracle: those with the largest error go first, the best any order can
    do. A random order leaves by_confidence[0], on average, whatever goes.
    """

    by_confidence: np.ndarray
    by_oracle: np.ndarray

    def fall(self, removed: float = NAMED_FRACTION) -> float:
        """By which fraction AbsRel falls when the fraction `removed` of least certain pixels goes; 0 = as at random."""
        return _fall(self.by_confidence, removed)

    def possible_fall(self, removed: float = NAMED_FRACTION) -> float:
        """By which fraction AbsRel would fall in the oracle's order."""
        return _fall(self.by_oracle, removed)

    @property
    def ause(self) -> float:
        """Area between the curve and the oracle's over the fraction removed, in AbsRel of all pixels; 0 is best."""
        return self._area(self.by_confidence - self.by_oracle)

    @property
    def random_ause(self) -> float:
        """AUSE of a random order: what a confidence must stay below to be worth anything."""
        return self._area(self.by_confidence[0] - self.by_oracle)

    def _area(self, gap: np.ndarray) -> float:
        whole = self.by_confidence[0]
        return float(np.trapezoid(gap, REMOVED) / whole) if whole > 0 else math.nan


def _fall(curve: np.ndarray, removed: float) -> float:
    return float(1.0 - np.interp(removed, REMOVED, curve) / curve[0]) if curve[0] > 0 else math.nan


def _empty() -> np.ndarray:
    return np.zeros((2, _BINS))


@dataclass
class Sparsification:
    """Curves over many images, filled by `add`, in memory that does not grow.

    pooled: pixels of all images ranked together, so confidence is compared across images. by_image: each image loses
    its own least certain pixels; the mean over images of their curves.

    Pixels are counted in 1,000 bins of confidence and of error e / (1 + e); pixels of one bin are removed in random
    order, on average, as are pixels of equal confidence.
    """

    _of_confidence: np.ndarray = field(default_factory=_empty, repr=False)  # rows: pixels, sum of relative errors
    _of_error: np.ndarray = field(default_factory=_empty, repr=False)
    _curves: np.ndarray = field(default_factory=lambda: np.zeros((2, len(REMOVED))), repr=False)  # sums over images
    _images: np.ndarray = field(default_factory=lambda: np.zeros(1), repr=False)

    def add(self, confidence: np.ndarray, prediction: np.ndarray, reference: np.ndarray) -> SparsificationCurve:
        """Add an image and give its own curve.

        confidence in [0, 1], prediction (scaled) and reference > 0, three (N,) arrays with N >= 1.
        """
        error = np.abs(prediction - reference) / reference
        of_confidence = _binned(confidence, error)
        of_error = _binned(error / (1.0 + error), error)
        curve = _curve(of_confidence, of_error)
        self._of_confidence += of_confidence
        self._of_error += of_error
        self._curves += (curve.by_confidence, curve.by_oracle)
        self._images += 1
        return curve

    def merge(self, other: Sparsification) -> None:
        """Add the images of another one."""
        for name, value in other.arrays().items():
            getattr(self, name).__iadd__(value)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that is counted, by name: to be kept in a file, and handed to `restored` later."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def restored(cls, arrays: Mapping[str, np.ndarray]) -> Sparsification:
        """What `arrays` gave, to be filled further."""
        return cls(**{each.name: np.array(arrays[each.name], np.float64) for each in fields(cls)})

    @property
    def images(self) -> int:
        """How many images were added."""
        return int(self._images[0])

    @property
    def pooled(self) -> SparsificationCurve:
        """The curve of all pixels ranked together."""
        return _curve(self._of_confidence, self._of_error)

    @property
    def by_image(self) -> SparsificationCurve:
        """The mean over images of their own curves."""
        mean = self._curves / self._images if self.images else np.full_like(self._curves, np.nan)
        return SparsificationCurve(mean[0], mean[1])

    def figures(self) -> dict[str, object]:
        """Plain values: both curves with their figures."""
        return {
            "removed": REMOVED.tolist(),
            **{
                name: {
                    "abs_rel_by_confidence": curve.by_confidence.tolist(),
                    "abs_rel_by_oracle": curve.by_oracle.tolist(),
                    "fall_at_20_percent": curve.fall(),
                    "possible_fall_at_20_percent": curve.possible_fall(),
                    "ause": curve.ause,
                    "random_ause": curve.random_ause,
                }
                for name, curve in (("pooled", self.pooled), ("by_image", self.by_image))
            },
        }


def _binned(position: np.ndarray, error: np.ndarray) -> np.ndarray:
    """(2, bins): pixels, and the sum of their errors, by position in [0, 1]."""
    index = np.clip((position * _BINS).astype(np.int64), 0, _BINS - 1)
    return np.stack([np.bincount(index, weights=weights, minlength=_BINS) for weights in (None, error)]).astype(float)


def _curve(of_confidence: np.ndarray, of_error: np.ndarray) -> SparsificationCurve:
    # Kept first: the highest confidence, and the lowest error.
    return SparsificationCurve(_left(of_confidence[:, ::-1]), _left(of_error))


def _left(kept_first: np.ndarray) -> np.ndarray:
    """(20,) mean error of what is left at each of REMOVED; kept_first (2, bins): pixels and sum of errors, in order."""
    pixels, errors = np.concatenate([np.zeros((2, 1)), np.cumsum(kept_first, axis=1)], axis=1)
    if not pixels[-1]:
        return np.full(len(REMOVED), np.nan)
    left = (1.0 - REMOVED) * pixels[-1]
    return np.asarray(np.interp(left, pixels, errors) / left)
