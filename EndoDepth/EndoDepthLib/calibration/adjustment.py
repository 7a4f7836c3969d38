"""Bundle adjustment of board views: intrinsics and poses that bring the corners closest to where they were seen.

cv2.calibrateCamera and cv2.fisheye.calibrate do this too, but the latter gives no uncertainty and stops at the first
view it dislikes, and neither is robust. Here one solver serves both models; its derivatives are OpenCV's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.calibration.lens_models import LensModel

_STEPS = 60
_LEAST_GAIN = 1e-7
_TINY = 1e-12
_HUBER_SIGMAS = 2.5
_LEAST_SIGMA_PX = 0.02
_MAD_TO_SIGMA = 1.0 / 1.1774  # the median length of a two-dimensional normal error is 1.1774 sigma


@dataclass(frozen=True)
class SeenPoints:
    """Points of the board (N, 3) mm and the pixels (N, 2) where a view shows them."""

    points: np.ndarray
    pixels: np.ndarray


@dataclass(frozen=True)
class Adjusted:
    """intrinsics (P,); poses (V, 6) camera_from_board; residuals: seen minus projected, (N, 2) a view, pixels;
    information (P, P): of the intrinsics, poses eliminated, for errors of 1 px; sigma_px: robust, per axis."""

    intrinsics: np.ndarray
    poses: np.ndarray
    residuals: tuple[np.ndarray, ...]
    information: np.ndarray
    sigma_px: float

    @property
    def rms_px(self) -> float:
        """Root mean square distance between seen and projected corners."""
        return rms(np.concatenate(self.residuals))

    def covariance(self) -> np.ndarray:
        """(P, P): of the intrinsics, if every corner errs by itself."""
        return self.sigma_px**2 * np.linalg.pinv(self.information, hermitian=True)


def rms(residuals: np.ndarray) -> float:
    """Root mean square length of vectors (N, 2)."""
    return float(np.sqrt((residuals**2).sum(axis=1).mean())) if len(residuals) else float("nan")


def adjust(
    model: LensModel, intrinsics: np.ndarray, poses: np.ndarray, views: Sequence[SeenPoints], free: int | None = None
) -> Adjusted:
    """Minimise Huber's loss of the residuals by Levenberg and Marquardt, with the poses eliminated (Schur complement).

    free: which of the intrinsics may change: 0 none, 1 one common focal length, None all.
    """
    count = len(intrinsics)
    basis = np.eye(count) if free is None else np.zeros((count, free))
    if free == 1:
        basis[:2, 0] = 1.0
    damping = 1e-3
    current = _State(model, intrinsics, poses, views)
    for _ in range(_STEPS):
        blocks = current.normal_equations(basis)
        accepted = False
        for _ in range(12):
            step_lens, step_poses = _solve(blocks, damping)
            candidate = _State(model, current.intrinsics + basis @ step_lens, current.poses + step_poses, views)
            loss, candidate_loss = current.loss(current.sigma_px), candidate.loss(current.sigma_px)
            if np.isfinite(candidate_loss) and candidate_loss < loss:
                accepted = True
                break
            damping *= 6.0
        if not accepted:
            break
        gain = (loss - candidate_loss) / max(loss, 1e-12)
        current, damping = candidate, max(damping / 6.0, 1e-12)
        if gain < _LEAST_GAIN:
            break
    information = _reduced(current.normal_equations(np.eye(count)), 0.0)[0]
    return Adjusted(current.intrinsics, current.poses, tuple(current.residuals), information, current.sigma_px)


class _State:
    """Where the search stands: residuals and derivatives of every view."""

    def __init__(self, model: LensModel, intrinsics: np.ndarray, poses: np.ndarray, views: Sequence[SeenPoints]):
        self.intrinsics, self.poses = intrinsics, poses
        self.residuals: list[np.ndarray] = []
        self._by_lens: list[np.ndarray] = []
        self._by_pose: list[np.ndarray] = []
        for pose, view in zip(poses, views, strict=True):
            pixels, by_lens, by_pose = model.project(intrinsics, pose, view.points)
            self.residuals.append(view.pixels - pixels)
            self._by_lens.append(by_lens)
            self._by_pose.append(by_pose)
        lengths = np.linalg.norm(np.concatenate(self.residuals), axis=1)
        self.sigma_px = max(float(np.median(lengths)) * _MAD_TO_SIGMA, _LEAST_SIGMA_PX)

    def loss(self, sigma_px: float) -> float:
        """Huber's loss in units of sigma."""
        lengths = np.linalg.norm(np.concatenate(self.residuals), axis=1) / sigma_px
        bent = _HUBER_SIGMAS * (2 * lengths - _HUBER_SIGMAS)
        return float(np.where(lengths <= _HUBER_SIGMAS, lengths**2, bent).sum())

    def normal_equations(self, basis: np.ndarray) -> list[tuple[np.ndarray, ...]]:
        """Of each view: lens-lens, lens-pose, pose-pose blocks and the two right sides, weighted by Huber."""
        blocks: list[tuple[np.ndarray, ...]] = []
        for residual, by_lens, by_pose in zip(self.residuals, self._by_lens, self._by_pose, strict=True):
            length = np.linalg.norm(residual, axis=1)
            weight = np.minimum(1.0, _HUBER_SIGMAS * self.sigma_px / np.maximum(length, 1e-12))
            root = np.repeat(np.sqrt(weight), 2)[:, None]
            lens = (by_lens @ basis).reshape(len(root), -1) * root
            pose = by_pose.reshape(len(root), 6) * root
            right = residual.reshape(-1) * root[:, 0]
            blocks.append((lens.T @ lens, lens.T @ pose, pose.T @ pose, lens.T @ right, pose.T @ right))
        return blocks


def _reduced(blocks: list[tuple[np.ndarray, ...]], damping: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The equations of the lens alone, and the damped inverses of the pose blocks (V, 6, 6)."""
    lens, mixed, pose, lens_right, pose_right = (np.stack(parts) for parts in zip(*blocks, strict=True))
    diagonal = np.maximum(np.einsum("vii->vi", pose), _TINY)
    scale = 1.0 / np.sqrt(diagonal)  # millimetres and radians side by side
    scaled = pose * scale[:, :, None] * scale[:, None, :] + max(damping, _TINY) * np.eye(6)
    inverses = np.linalg.inv(scaled) * scale[:, :, None] * scale[:, None, :]
    product = mixed @ inverses
    lens_sum = lens.sum(axis=0)
    left = lens_sum + damping * np.diag(np.diag(lens_sum)) - np.einsum("vij,vkj->ik", product, mixed)
    right = lens_right.sum(axis=0) - np.einsum("vij,vj->i", product, pose_right)
    return left, right, inverses


def _solve(blocks: list[tuple[np.ndarray, ...]], damping: float) -> tuple[np.ndarray, np.ndarray]:
    left, right, inverses = _reduced(blocks, damping)
    lens = np.linalg.pinv(left, rcond=1e-14, hermitian=True) @ right if len(left) else np.zeros(0)
    poses = [
        inverse @ (pose_right - mixed.T @ lens)
        for (_, mixed, _, _, pose_right), inverse in zip(blocks, inverses, strict=True)
    ]
    return lens, np.array(poses)
