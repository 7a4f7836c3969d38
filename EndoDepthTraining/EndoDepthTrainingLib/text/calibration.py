"""Draws the line between naming and refusing, on phrasings of terms held out of the training text."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """A refusal threshold and what it does to held-out phrasings; rates in 0..1."""

    min_probability: float
    right: float
    refused: float
    phrasings: int
    others: int

    def to_dict(self) -> dict[str, float]:
        """Plain values for a model card."""
        return asdict(self)


def calibrate(probabilities: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Calibration:
    """The threshold on the best class's probability with the highest smaller rate: of right names, of refusals.

    probabilities (N, K + 1), the last column none of the classes; labels (N,) in 0..K; weights (N,) of the phrases
    in either rate. Both kinds of phrase must occur.
    """
    count = probabilities.shape[1] - 1
    best, value = probabilities[:, :count].argmax(axis=1), probabilities[:, :count].max(axis=1)
    named = labels < count
    rates = []
    for threshold in np.arange(0.05, 0.96, 0.01):
        right = np.average(((best == labels) & (value >= threshold))[named], weights=weights[named])
        refused = np.average((value < threshold)[~named], weights=weights[~named])
        rates.append((min(right, refused), right + refused, float(threshold), float(right), float(refused)))
    _, _, threshold, right, refused = max(rates)
    return Calibration(round(threshold, 2), right, refused, int(named.sum()), int((~named).sum()))
