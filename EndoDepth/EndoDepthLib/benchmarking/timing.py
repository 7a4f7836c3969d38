"""Times of several things that take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one thing in the order they were measured."""

    values_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """The median."""
        return statistics.median(self.values_ms)

    @property
    def quartiles_ms(self) -> tuple[float, float]:
        """The first and the third quartile: half of the measurements lie between them."""
        if len(self.values_ms) < 2:
            return self.median_ms, self.median_ms
        low, _, high = statistics.quantiles(self.values_ms, n=4, method="inclusive")
        return low, high

    def times_faster_than(self, reference: Timing) -> float:
        """How many times faster this is than the reference: the median of the ratios turn by turn."""
        pairs = zip(reference.values_ms, self.values_ms, strict=True)
        return statistics.median(theirs / own for theirs, own in pairs)

    def to_dict(self) -> dict[str, float | list[float]]:
        """Plain values for JSON."""
        low, high = self.quartiles_ms
        return {
            "median_ms": round(self.median_ms, 3),
            "quartile_low_ms": round(low, 3),
            "quartile_high_ms": round(high, 3),
            "values_ms": [round(value, 3) for value in self.values_ms],
        }


def interleaved(
    calls: Mapping[str, Callable[[], float]], turns: int, warm_up: int = 1, after_turn: Callable[[], None] | None = None
) -> dict[str, Timing]:
    """Each call once a turn, in order; a call returns its own milliseconds (milliseconds_of measures a plain one).

    The first `warm_up` turns do not count; after_turn is called after every turn.
    """
    values: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(warm_up + turns):
        for name, call in calls.items():
            value_ms = call()
            if turn >= warm_up:
                values[name].append(value_ms)
        if after_turn is not None:
            after_turn()
    return {name: Timing(tuple(each)) for name, each in values.items()}


def milliseconds_of(call: Callable[[], object], repeats: int = 1) -> Callable[[], float]:
    """A call that runs another `repeats` times and returns the median of its milliseconds."""

    def timed() -> float:
        times = []
        for _ in range(repeats):
            started_s = time.perf_counter()
            call()
            times.append((time.perf_counter() - started_s) * 1000.0)
        return statistics.median(times)

    return timed
