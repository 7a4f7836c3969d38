"""One measurement of a scale, and what several of them say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import ScaleError

SHARE = 0.90
"""How often the interval that is given is to contain the truth."""

_PRIOR_FREEDOM = 15.0  # how many measurements the stated deviations are worth against the spread that is seen
_UNLIKELY = 0.01  # a scatter that stated deviations would give that rarely refutes them
_FAR = 4.0  # deviations (after widening) beyond which one of at least four measurements is a blunder


@dataclass(frozen=True)
class Measurement:
    """Millimetres per unit as one measurement finds them.

    relative_sd: the standard deviation of its logarithm that belongs to this measurement alone; shared_sd: that which
    all measurements of its kind have in common, so that more of them do not lessen it. position: the frame it was made
    in (None: no single one). Raises ScaleError when a value is not above 0 and finite.
    """

    mm_per_unit: float
    relative_sd: float
    shared_sd: float = 0.0
    position: int | None = None

    def __post_init__(self) -> None:
        if not (0.0 < self.mm_per_unit < math.inf and 0.0 < self.relative_sd < math.inf and self.shared_sd >= 0.0):
            raise ScaleError(
                f"a scale of {self.mm_per_unit:g} mm per unit with a relative error of {self.relative_sd:g} was "
                "measured; expected finite numbers above 0: check the lengths and units given"
            )


@dataclass(frozen=True)
class Combined:
    """mm_per_unit with its 90 % interval (low, high); used (N,) bool: which measurements were no blunders."""

    mm_per_unit: float
    interval_90: tuple[float, float]
    used: tuple[bool, ...]


def combine(measurements: Sequence[Measurement]) -> Combined:
    """What measurements of one scale say together.

    The weighted mean of their logarithms. How far they scatter widens or narrows the deviations they state: normal
    measurements whose common variance factor has an inverse chi-square prior about 1, which gives a Student interval
    (Gelman et al., Bayesian Data Analysis, 3.3). Of four or more, those far off are left out. ScaleError for none.
    """
    from scipy.stats import chi2

    if not measurements:
        raise ScaleError("there is no measurement to find a scale from; give at least one")
    logs = np.log([each.mm_per_unit for each in measurements])
    deviations = np.array([each.relative_sd for each in measurements])
    used = _without_blunders(logs, deviations)
    logs, weights = logs[used], deviations[used] ** -2
    mean = float(weights @ logs / weights.sum())
    freedom, squares = _PRIOR_FREEDOM + len(logs) - 1, float(weights @ (logs - mean) ** 2)
    factor = (_PRIOR_FREEDOM + squares) / freedom
    if len(logs) > 1 and chi2.sf(squares, len(logs) - 1) < _UNLIKELY:
        freedom = len(logs) - 1.0
        factor = squares / freedom  # what is stated was wrong: only what is seen counts
    shared = max(each.shared_sd for each in measurements)
    return Combined(
        math.exp(mean),
        interval(mean, math.hypot(math.sqrt(factor / weights.sum()), shared), freedom),
        tuple(used.tolist()),
    )


def interval(log_scale: float, deviation: float, freedom: float) -> tuple[float, float]:
    """The 90 % interval (low, high) of a scale whose logarithm has this standard deviation with so many degrees."""
    from scipy.stats import t

    half = float(t.ppf(0.5 + SHARE / 2.0, freedom)) * deviation
    return math.exp(log_scale - half), math.exp(log_scale + half)


def _without_blunders(logs: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    if len(logs) < 4:  # of three, two may well be wrong alike
        return np.ones(len(logs), bool)
    normed = (logs - np.median(logs)) / deviations
    widening = max(1.0, 1.4826 * float(np.median(np.abs(normed))))
    return np.asarray(np.abs(normed) <= _FAR * widening)
