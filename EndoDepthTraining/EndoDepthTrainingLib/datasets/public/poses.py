"""Rigid transforms from what data sets write them as."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.errors import InputError


def pose_matrix(quaternion_xyzw: np.ndarray, position: np.ndarray) -> np.ndarray:
    """(4, 4) float64 of a quaternion (x, y, z, w), of any length but 0, and a position (3,)."""
    norm = float(np.linalg.norm(quaternion_xyzw))
    if not norm > 0:
        raise InputError(f"the quaternion {quaternion_xyzw.tolist()} of a pose has no direction; the file is damaged")
    x, y, z, w = quaternion_xyzw / norm
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, 3] = position
    return matrix
