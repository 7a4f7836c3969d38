"""Where things stand in Slicer's space (RAS): camera space turned, the frame as a plane in front of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.values import Camera

RAS_FROM_CAMERA = np.diag([-1.0, -1.0, 1.0])
"""OpenCV camera axes (x right, y down, z forward) are LPS directions; RAS turns the first two. No mirroring."""


@dataclass(frozen=True)
class FramePlacement:
    """Position of a one-slice volume: spacing (x, y, z) and origin (R, A, S) in scene units, directions (3, 3)."""

    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    directions: np.ndarray


def frame_placement(camera: Camera, plane_depth: float) -> FramePlacement:
    """The plane at `plane_depth` on which the camera's frame coincides with what it shows (pinhole part of the lens).

    Columns run to the patient's left and rows to posterior, so the axial view shows the frame upright and unmirrored.
    """
    spacing_x, spacing_y = plane_depth / camera.fx, plane_depth / camera.fy
    origin = RAS_FROM_CAMERA @ np.array([-camera.cx * spacing_x, -camera.cy * spacing_y, plane_depth])
    # The slice is as thick as its pixels are wide, so that the 3D display of the slice keeps sensible proportions.
    return FramePlacement((spacing_x, spacing_y, (spacing_x + spacing_y) / 2), tuple(origin.tolist()), RAS_FROM_CAMERA)
