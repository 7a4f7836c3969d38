"""Surface to surface: iterated closest points with scale, robust weights, a bend, and landmarks as soft terms.

Gauss-Newton on the distance to the tangent plane (Chen & Medioni 1992) with seven unknowns of the similarity beside the
coefficients of the bend (bend.py). Two things differ from the textbook:
- residuals are measured in the unit of the seen surface, where their noise lives. In the CT's they would vanish with
  the scale, and the best fit would be a point;
- robust weights (Geman-McClure) are annealed: a wide kernel first, then as wide as the residuals are.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.geometry.similarity_fit import Similarity
from EndoDepthLib.registration.bend import bend_modes
from EndoDepthLib.registration.landmarks import LandmarkPairs
from EndoDepthLib.registration.organ_samples import OrganSamples
from EndoDepthLib.registration.settings import RegistrationSettings

_MOST_ANGLE_COSINE = 0.3
_STEPS_EACH, _STEPS_LAST = 4, 14
_COMPARED = 100.0
"""How many independent points a surface counts for when alignments are compared."""
_BEND_SHARE, _NOISE_SHARE = 0.014, 0.005
"""Of the size of a surface whose size in millimetres nobody knows: its bend and the least noise."""
_KERNEL = 2.5
"""Residuals of this many times the noise count a quarter."""


@dataclass(frozen=True)
class Alignment:
    """A similarity and how sure it is. covariance (7, 7): of turn (rad), shift (mm), log scale about `centre` (CT mm).

    residuals_mm (P,): signed distance of the fitted points along the organ's normals, bend taken off; weights (P,).
    cost: robust negative log likelihood up to a constant that all alignments of one pair of surfaces share when
    computed for one noise_mm; noise_mm: of the residuals.
    """

    similarity: Similarity
    covariance: np.ndarray
    centre: np.ndarray
    residuals_mm: np.ndarray
    weights: np.ndarray
    noise_mm: float
    bend_rms_mm: float
    bend_cost: float


class Aligner:
    """Aligns the points of one seen surface with one organ from any start."""

    def __init__(
        self,
        points: np.ndarray,
        normals: np.ndarray,
        confidence: np.ndarray,
        area: float,
        samples: OrganSamples,
        landmarks: LandmarkPairs | None,
        settings: RegistrationSettings,
    ) -> None:
        """points, normals (P, 3) and confidence (P,) of the seen surface, which has this area in its unit squared."""
        self._points, self._normals = points, normals
        self._confidence = confidence / max(float(confidence.mean()), 1e-9)
        self._area, self._samples, self._landmarks, self._settings = area, samples, landmarks, settings
        self._modes = bend_modes(points)

    def align(
        self, start: Similarity, kernels_mm: tuple[float, ...] = (8.0, 5.0, 3.0), steps_last: int = _STEPS_LAST
    ) -> Alignment:
        """The alignment that closest points lead to from `start`; kernels_mm: widths of the annealed kernel."""
        similarity = start
        bend = np.zeros(self._modes.shape[1])
        for kernel_mm in kernels_mm:
            for _ in range(_STEPS_EACH):
                similarity, bend, *_ = self._step(similarity, bend, kernel_mm / _KERNEL)
        noise_mm = kernels_mm[-1] / _KERNEL
        for _ in range(steps_last):
            before = similarity
            similarity, bend, residuals, weights, hessian = self._step(similarity, bend, noise_mm)
            noise_mm = self._noise(residuals, weights, similarity)
            if _change_mm(before, similarity, self._points) < 0.01:
                break
        covariance = np.linalg.inv(hessian)[:7, :7]
        bend_rms = float(np.sqrt(np.mean(np.square(self._modes @ bend)))) * self._bend_mm(similarity)
        centre = similarity.apply(self._points.mean(axis=0)[None])[0]
        return Alignment(
            similarity, covariance, centre, residuals, weights, noise_mm, bend_rms, 0.5 * float(bend @ bend)
        )

    def align_roughly(self, start: Similarity) -> Alignment:
        """A quick alignment of a quarter of the points, for the many starts of a search; its covariance is no use."""
        few = slice(None, None, 4)
        quick = copy(self)
        quick._points, quick._normals, quick._confidence = self._points[few], self._normals[few], self._confidence[few]
        quick._modes = self._modes[few]
        return quick.align(start, (10.0, 6.0), steps_last=4)

    def cost(self, found: Alignment, noise_share: float) -> float:
        """Robust negative log likelihood of an alignment, landmarks and bend included, for comparing it with others.

        noise_share: the noise as a share of the surface's size, one for all that are compared: it is the same surface,
        however large an alignment makes it.
        """
        width = (_KERNEL * noise_share * self.size_mm(found.similarity)) ** 2
        squared = np.square(found.residuals_mm)
        robust = np.where(found.weights < 0, 1.0, squared / (squared + width))
        confidence = self._confidence[:: max(len(self._confidence) // len(robust), 1)][: len(robust)]
        cost = 0.5 * _KERNEL**2 * _COMPARED * float(np.average(robust, weights=confidence)) + found.bend_cost
        if self._landmarks is not None:
            residuals = self._landmarks.residuals_mm(found.similarity)
            cost += 0.5 * float(np.sum(3 * np.square(residuals / self._landmarks.noises_mm)))
        return cost

    def size_mm(self, similarity: Similarity) -> float:
        """The side of a square as large as the seen surface in the CT."""
        return similarity.scale * float(np.sqrt(self._area))

    def _step(
        self, similarity: Similarity, bend: np.ndarray, noise_mm: float
    ) -> tuple[Similarity, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """One Gauss-Newton step; residuals and weights are those before it, -1 where the normals disagree."""
        placed = similarity.apply(self._points)
        centre = placed.mean(axis=0)
        place = self._samples.nearest(placed)
        normals = self._samples.normals[place]
        facing = np.einsum("ij,ij->i", self._normals @ similarity.rotation.T, normals)
        modes = self._modes * self._bend_mm(similarity)
        residuals = np.einsum("ij,ij->i", placed - self._samples.points[place], normals) - modes @ bend
        arms = placed - centre
        jacobian = np.concatenate(
            [
                np.cross(arms, normals),
                normals,
                (np.einsum("ij,ij->i", normals, arms) - residuals)[:, None],
                -modes,
            ],
            axis=1,
        )
        width = (_KERNEL * noise_mm) ** 2
        weights = np.square(width / (width + np.square(residuals)))
        agree = facing >= _MOST_ANGLE_COSINE
        information = self._confidence * np.where(agree, weights, 0.0)
        information *= self._independent(similarity.scale) / len(residuals) / noise_mm**2
        hessian = jacobian.T @ (information[:, None] * jacobian)
        gradient = jacobian.T @ (information * residuals)
        hessian[np.arange(7, len(hessian)), np.arange(7, len(hessian))] += 1.0
        gradient[7:] += bend
        self._add_landmarks(similarity, centre, hessian, gradient)
        hessian[np.arange(7), np.arange(7)] += 1e-9
        change = -np.linalg.solve(hessian, gradient)
        moved = _moved(similarity, centre, change[:7])
        return moved, bend + change[7:], residuals, np.where(agree, weights, -1.0), hessian

    def _add_landmarks(
        self, similarity: Similarity, centre: np.ndarray, hessian: np.ndarray, gradient: np.ndarray
    ) -> None:
        if self._landmarks is None:
            return
        placed = similarity.apply(self._landmarks.surface)
        # noise_mm is the length of an error in space; each coordinate has a third of its square.
        information = 3.0 / np.square(self._landmarks.noises_mm)
        for arm, offset, weight in zip(placed - centre, placed - self._landmarks.ct, information, strict=True):
            jacobian = np.concatenate([-_cross_matrix(arm), np.eye(3), arm[:, None]], axis=1)
            hessian[:7, :7] += weight * jacobian.T @ jacobian
            gradient[:7] += weight * jacobian.T @ offset

    def _independent(self, scale: float) -> float:
        """How many of the points count as independent: patches of the noise's reach on the surface."""
        patches = self._area * scale**2 / (np.pi * self._settings.correlation_mm**2)
        return float(np.clip(patches, 20.0, len(self._points)))

    def _bend_mm(self, similarity: Similarity) -> float:
        return self._settings.bend_mm if self._landmarks is not None else _BEND_SHARE * self.size_mm(similarity)

    def _noise(self, residuals: np.ndarray, weights: np.ndarray, similarity: Similarity) -> float:
        least = self._settings.smallest_noise_mm
        if self._landmarks is None:
            least = _NOISE_SHARE * self.size_mm(similarity)
        inside = residuals[weights >= 0]
        return max(1.4826 * float(np.median(np.abs(inside))), least) if len(inside) else 10 * least


def _moved(similarity: Similarity, centre: np.ndarray, change: np.ndarray) -> Similarity:
    """The similarity after a small turn, shift and change of scale about `centre`."""
    turn, shift = change[:3], change[3:6]
    angle = float(np.linalg.norm(turn))
    if angle > 0.3:
        turn, angle = turn * 0.3 / angle, 0.3
    stretch = float(np.exp(np.clip(change[6], -0.15, 0.15)))
    axis = _cross_matrix(turn / angle) if angle > 0 else np.zeros((3, 3))
    rotation = np.eye(3) + np.sin(angle) * axis + (1 - np.cos(angle)) * axis @ axis
    left, _, right = np.linalg.svd(rotation @ similarity.rotation)  # rounding must not add up over many steps
    translation = stretch * rotation @ (similarity.translation - centre) + centre + shift
    return Similarity(similarity.scale * stretch, left @ right, translation)


def _cross_matrix(vector: np.ndarray) -> np.ndarray:
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def _change_mm(before: Similarity, after: Similarity, points: np.ndarray) -> float:
    few = points[:: max(len(points) // 20, 1)]
    return float(np.linalg.norm(before.apply(few) - after.apply(few), axis=1).max())
