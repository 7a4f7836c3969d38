"""Rigid motions as (4, 4) matrices: exponential, logarithm, inverse."""

from __future__ import annotations

import numpy as np


def motion(step: np.ndarray) -> np.ndarray:
    """The rigid motion (4, 4) of a step (6,): translation first, then a rotation vector in radians."""
    import cv2

    matrix = np.eye(4)
    matrix[:3, :3] = cv2.Rodrigues(np.asarray(step[3:], dtype=np.float64))[0]
    matrix[:3, 3] = step[:3]
    return matrix


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a rigid motion (..., 4, 4)."""
    result = np.zeros_like(matrix)
    turned = np.swapaxes(matrix[..., :3, :3], -1, -2)
    result[..., :3, :3] = turned
    result[..., :3, 3] = -np.einsum("...ij,...j->...i", turned, matrix[..., :3, 3])
    result[..., 3, 3] = 1.0
    return result


def angle_deg(rotation: np.ndarray) -> float:
    """Angle of a rotation (3, 3) in degrees, 0 .. 180."""
    return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))))


def orthonormal(matrix: np.ndarray) -> np.ndarray:
    """A rigid motion (4, 4) with the rotation nearest to the one given, which rounding had worn."""
    left, _, right = np.linalg.svd(matrix[:3, :3])
    result = matrix.copy()
    result[:3, :3] = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    return result
