"""What a clip teaches: neighbours with their poses, sparse depth where there is some, and what is held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pairs:
    """Q ordered pairs: target (Q,) is to be drawn from source (Q,), both rows of the clip.

    source_from_target (Q, 4, 4) float64. learns: whether the poses may be bettered (they come from the original depth),
    or stand (structure from motion).
    """

    target: np.ndarray
    source: np.ndarray
    source_from_target: np.ndarray
    learns: bool

    def of(self, target: int) -> np.ndarray:
        """Rows of the pairs of a target."""
        return np.flatnonzero(self.target == target)


@dataclass(frozen=True)
class SparseDepth:
    """M observations of depth: frame (M,) int (row of the clip), pixel (M, 2) float64 on the clip's grid, log_depth
    (M,) (their median over all is 0, one scale for all frames), weight (M,) in 0..1, held_out (M,) bool: of tracks that
    are kept apart.
    """

    frame: np.ndarray
    pixel: np.ndarray
    log_depth: np.ndarray
    weight: np.ndarray
    held_out: np.ndarray


@dataclass(frozen=True)
class Teaching:
    """Everything the adaptation learns from besides the frames. held_out: rows of the clip kept apart, (H,) int."""

    pairs: Pairs
    points: SparseDepth | None
    held_out: np.ndarray

    @property
    def teacher(self) -> str:
        """Which teachers there are, in words."""
        return "photometric" if self.points is None else "structure from motion and photometric"


def held_out_rows(count: int, every: int) -> np.ndarray:
    """Every `every`-th row, the first in the middle of the first so many."""
    return np.arange(every // 2, count, every)
