"""Named structures of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError


@dataclass(frozen=True)
class LabelMap:
    """Which of the asked-for structures each pixel shows.

    labels (H, W) uint8: 0 = none of them, i + 1 = names[i]. names: what the user asked for, one per segment; scores
    (len(names), H, W) float32 in [0, 1] or None. Raises InputError when they disagree.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    scores: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.labels.ndim != 2 or self.labels.dtype != np.uint8:
            raise InputError(f"labels are {self.labels.shape} {self.labels.dtype}; expected (height, width) uint8")
        if self.labels.size and int(self.labels.max()) > len(self.names):
            raise InputError(f"labels reach {int(self.labels.max())} but only {len(self.names)} names are given")
        if self.scores is not None and self.scores.shape != (len(self.names), *self.labels.shape):
            raise InputError(f"scores are {self.scores.shape}; expected {(len(self.names), *self.labels.shape)}")
