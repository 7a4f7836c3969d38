"""Where the camera was at each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError


@dataclass(frozen=True)
class Trajectory:
    """Camera poses: world_from_camera (N, 4, 4) float64 rigid, OpenCV camera axes; frame_indices (N,) int."""

    world_from_camera: np.ndarray
    frame_indices: np.ndarray

    def __post_init__(self) -> None:
        poses = self.world_from_camera
        if poses.ndim != 3 or poses.shape[1:] != (4, 4) or len(poses) != len(self.frame_indices):
            raise InputError(f"poses are {poses.shape} for {len(self.frame_indices)} frames; expected (N, 4, 4)")
        rotations = poses[:, :3, :3]
        if not np.allclose(rotations @ rotations.transpose(0, 2, 1), np.eye(3), atol=1e-5):
            raise InputError("a pose's rotation is not orthonormal; expected rigid world_from_camera transforms")
