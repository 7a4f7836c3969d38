"""Several starts around the landmarks' solution, as far off as the landmarks' noise allows."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.geometry.similarity_fit import Similarity, fit_similarity
from EndoDepthLib.registration.landmarks import LandmarkPairs


def landmark_starts(pairs: LandmarkPairs, count: int) -> list[Similarity]:
    """The landmarks' similarity, then `count` - 1 of landmarks moved by their own noise; the same ones every time."""
    starts = [pairs.fit()]
    random = np.random.default_rng(20)
    sigma = pairs.noises_mm[:, None] / np.sqrt(3.0)
    for _ in range(count - 1):
        moved = pairs.ct + sigma * random.standard_normal(pairs.ct.shape)
        starts.append(fit_similarity(pairs.surface, moved, pairs.weights))
    return starts


def landmark_covariance(pairs: LandmarkPairs, similarity: Similarity, centre: np.ndarray) -> np.ndarray:
    """(7, 7) covariance of turn (rad), shift (mm) and log scale about `centre`, from the landmarks' noise alone."""
    hessian = 1e-9 * np.eye(7)
    for arm, noise in zip(similarity.apply(pairs.surface) - centre, pairs.noises_mm, strict=True):
        x, y, z = arm
        turn = np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
        jacobian = np.concatenate([turn, np.eye(3), arm[:, None]], axis=1)
        hessian += 3.0 / noise**2 * jacobian.T @ jacobian
    covariance: np.ndarray = np.linalg.inv(hessian)
    return covariance
