"""What every runtime does: one picture at the network's size in, the network's answer out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class NetworkAnswer:
    """The network's answer for one picture, on the network's grid.

    inverse_depth (h, w) float32, in the network's own unit; confidence (h, w) float32 in 0..1; probabilities
    (1 + K, h, w) float32 over "none of these" and the K classes, or None when no structure was asked for.
    """

    inverse_depth: np.ndarray
    confidence: np.ndarray
    probabilities: np.ndarray | None


class Runtime(Protocol):
    """Runs one network with its K texts; the same input gives the same answer, bit by bit, on one machine."""

    name: str

    def run(self, image: np.ndarray, competitors: Sequence[int] | None) -> NetworkAnswer:
        """The answer for an image (3, h, w) float32 in 0..1, h and w multiples of 32.

        competitors: the classes (0 .. K - 1) among which labels are decided, the others have the probability 0; None:
        depth alone, which is less work.
        """
        ...


def class_offsets(competitors: Sequence[int], classes: int) -> np.ndarray:
    """(1 + classes,) float32 to add to the logits: 0 for "none of these" and the competitors, -infinity elsewhere."""
    offsets = np.full(1 + classes, -np.inf, dtype=np.float32)
    offsets[[0, *(1 + index for index in competitors)]] = 0.0
    return offsets
