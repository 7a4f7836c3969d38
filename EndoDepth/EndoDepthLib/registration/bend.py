"""The slow bend of a predicted surface, as a handful of smooth modes with known size.

Predicted depth errs by a share of the working distance that changes slowly over the picture. Counted as independent
noise of every point it would pull the fit and make it look far more certain than it is; as modes that are estimated
beside the similarity, with a prior of their size, it does neither (a Gaussian process of squared-exponential
covariance, its Karhunen-Loeve modes by the Nystroem method: Rasmussen & Williams, Gaussian Processes, 2006, section
8.1).
"""

from __future__ import annotations

import numpy as np

from EndoDepthLib.registration.spread import farthest_points

_CENTRES = 60
_LENGTH_SHARE = 0.35
"""Correlation length as a share of the surface's extent."""


def bend_modes(points: np.ndarray, count: int = 12) -> np.ndarray:
    """(N, count) modes over points (N, 3); times independent unit normal numbers they make a bend of about unit size.

    Displacements are along the surface's normal: what goes sideways no surface shows.
    """
    extent = 2 * float(np.sqrt(np.sum(points.var(axis=0))))
    length = max(_LENGTH_SHARE * 2 * extent, 1e-12)
    centres = points[farthest_points(points, min(_CENTRES, len(points)))]
    values, vectors = np.linalg.eigh(_covariance(centres, centres, length))
    leading = np.argsort(values)[::-1][:count]
    leading = leading[values[leading] > 1e-6 * values.max()]
    return _covariance(points, centres, length) @ vectors[:, leading] / np.sqrt(values[leading])


def _covariance(first: np.ndarray, second: np.ndarray, length: float) -> np.ndarray:
    squared = np.square(first[:, None] - second[None]).sum(axis=2)
    return np.exp(-squared / (2 * length**2))
