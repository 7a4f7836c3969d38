"""The similarity (or rigid motion) between two lists of points that belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Similarity:
    """target = scale * rotation (3, 3) @ source + translation (3,)."""

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of the source, in the target."""
        return self.scale * points @ self.rotation.T + self.translation

    def matrix(self) -> np.ndarray:
        """The same as (4, 4) float64 target_from_source."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.scale * self.rotation
        matrix[:3, 3] = self.translation
        return matrix


def fit_similarity(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None, with_scale: bool = True
) -> Similarity:
    """The similarity that brings points (N, 3) closest to the target's (N, 3) in the (weighted) least-squares sense.

    weights (N,), not negative, sum above 0; equal when left out. with_scale False: a rigid motion. Umeyama, PAMI 1991,
    eq. 40-43. It also serves points on a line or in one point, where several rotations are best (one of them is given;
    scale 1 for one point): trivial trajectories and a PoseNet at its start look like that.
    """
    share = np.full(len(source), 1.0 / len(source)) if weights is None else weights / weights.sum()
    mean_source, mean_target = share @ source, share @ target
    centred = source - mean_source
    variance = float(share @ (centred**2).sum(axis=1))
    covariance = ((target - mean_target) * share[:, None]).T @ centred
    left, singular, right = np.linalg.svd(covariance)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ np.diag(signs) @ right
    scale = float((singular * signs).sum()) / variance if with_scale and variance > 0 else 1.0
    return Similarity(scale, rotation, mean_target - scale * rotation @ mean_source)
