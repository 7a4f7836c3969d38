"""Captures without pictures: corners where the true lens puts them, and noise. And lenses to try."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EndoDepthLib.calibration import Board, BoardKind, BoardView, Capture
from EndoDepthLib.geometry import project
from EndoDepthLib.values import Camera, DistortionModel

PINHOLE = Camera(392.0, 394.0, 242.0, 178.0, 480, 360, DistortionModel.BROWN_CONRADY, (-0.25, 0.08, 0.001, -0.0005))
FISHEYE = Camera(196.0, 197.0, 242.0, 178.0, 480, 360, DistortionModel.FISHEYE, (0.05, -0.01, 0.004, -0.001))
CHARUCO = Board()
CHECKERBOARD = Board(BoardKind.CHECKERBOARD, 9, 7, 7.0)


def projected_corners(camera: Camera, board: Board, camera_from_board: np.ndarray) -> np.ndarray:
    """(corner_count, 2) pixels where the lens puts the board's corners; NaN behind the camera."""
    return project(camera, board.corners_mm @ camera_from_board[:3, :3].T + camera_from_board[:3, 3])


def projected_capture(
    camera: Camera, board: Board, poses: Sequence[np.ndarray], noise_px: float, rng: np.random.Generator
) -> Capture:
    """The capture that a detector with this noise makes of these poses, without corners outside the picture."""
    views = []
    for index, pose in enumerate(poses):
        pixels = projected_corners(camera, board, pose)
        inside = ((pixels > 3) & (pixels < np.array([camera.width, camera.height]) - 4)).all(axis=1)
        corners = np.flatnonzero(inside)
        if len(corners) < 12:
            continue
        seen = pixels[corners] + rng.normal(0.0, noise_px, (len(corners), 2))
        span = float(np.sqrt(np.ptp(seen[:, 0]) * np.ptp(seen[:, 1]) / len(corners)))
        views.append(BoardView(index, corners, seen, 2.0, span))
    content = np.ones((camera.height, camera.width), dtype=bool)
    return Capture(board, camera.width, camera.height, content, tuple(views), tuple(range(len(poses))))
