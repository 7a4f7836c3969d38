"""CT structures drawn over a video frame where the registration says they are: the augmented view."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import project
from EndoDepthLib.registration.painting import paint, shaded
from EndoDepthLib.registration.result import Registration
from EndoDepthLib.values import Camera

COLORS = ((230, 60, 60), (70, 130, 240), (250, 210, 60), (80, 200, 120), (200, 90, 220), (240, 140, 50))
_OPACITY = 0.45
_OUTLINE_PX = 2


def camera_from_ct(registration: Registration, world_from_camera: np.ndarray) -> np.ndarray:
    """(4, 4): places in the CT (LPS mm) in the axes of the camera, in the unit of the seen surface.

    world_from_camera (4, 4): the camera in the seen surface's axes (the identity for a single frame's surface).
    """
    matrix: np.ndarray = np.linalg.inv(registration.matrix @ world_from_camera)
    return matrix


def project_ct_points(
    points_ct: np.ndarray, registration: Registration, camera: Camera, world_from_camera: np.ndarray
) -> np.ndarray:
    """Pixels (N, 2) of places (N, 3) in the CT, lens distortion included; NaN for what is behind the camera."""
    matrix = camera_from_ct(registration, world_from_camera)
    return project(camera, np.asarray(points_ct, np.float64) @ matrix[:3, :3].T + matrix[:3, 3])


def draw_overlay(
    frame: np.ndarray,
    structures: Sequence[OrganSurface],
    registration: Registration,
    camera: Camera,
    world_from_camera: np.ndarray,
) -> np.ndarray:
    """(H, W, 3) uint8 RGB: the frame with each structure translucent, outlined and named in its colour.

    Raises InputError when the frame is not on the camera's grid.
    """
    if frame.shape != (camera.height, camera.width, 3):
        raise InputError(f"the frame is {frame.shape}; expected {(camera.height, camera.width, 3)}, the camera's grid")
    matrix = camera_from_ct(registration, world_from_camera)
    drawn = frame.copy()
    for number, structure in enumerate(structures):
        points = structure.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        pixels = project(camera, points)
        color = np.array(COLORS[number % len(COLORS)], float)
        layer = drawn.copy()
        shades = shaded(points, structure.triangles, np.array([0.0, 0.0, 1.0]), color)
        covered = paint(layer, pixels, points[:, 2], structure.triangles, shades)
        drawn[covered] = np.rint((1 - _OPACITY) * drawn[covered] + _OPACITY * layer[covered]).astype(np.uint8)
        outlines, _ = cv2.findContours(covered.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, outlines, -1, color.tolist(), _OUTLINE_PX, cv2.LINE_AA)
        _name(drawn, structure.name, color, number)
    return drawn


def _name(image: np.ndarray, name: str, color: np.ndarray, line: int) -> None:
    place = (10, 24 + 22 * line)
    shown = name.encode("ascii", "replace").decode()[:40]  # cv2 draws no other letters
    for shade, width in (((0, 0, 0), 3), (tuple(color.tolist()), 1)):
        cv2.putText(image, shown, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, shade, width, cv2.LINE_AA)
