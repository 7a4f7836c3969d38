"""Poses as text of the TUM RGB-D benchmark: `time_s tx ty tz qx qy qz qw` a line (Sturm et al., IROS 2012)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def tum_text(times_s: np.ndarray | Sequence[float], world_from_camera: np.ndarray) -> str:
    """The lines for times (N,) in seconds and rigid poses (N, 4, 4), in their unit."""
    from scipy.spatial.transform import Rotation

    lines = ["# time_s tx ty tz qx qy qz qw (world_from_camera, OpenCV axes)"]
    for time_s, pose in zip(times_s, world_from_camera, strict=True):
        values = [*pose[:3, 3], *Rotation.from_matrix(pose[:3, :3]).as_quat(canonical=True)]
        lines.append(" ".join([f"{float(time_s):.6f}", *(f"{value:.9g}" for value in values)]))
    return "\n".join(lines) + "\n"
