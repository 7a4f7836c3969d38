"""Where a user holds the board: good captures and bad ones."""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthLib.calibration import Board
from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.values import Camera


def held(
    camera: Camera,
    board: Board,
    at: tuple[float, float],
    fill: float,
    tilt_deg: float,
    tilt_towards_deg: float,
    roll_deg: float = 0.0,
) -> np.ndarray:
    """(4, 4) camera_from_board: the board's middle at a place in the picture (0..1, 0..1), as wide as `fill` picture
    widths would be by the focal length, turned away by tilt_deg from facing the camera."""
    pixel = np.array([[at[0] * (camera.width - 1), at[1] * (camera.height - 1)]])
    ray = pixel_rays(camera, pixel)[0]
    width_mm, height_mm = board.size_mm
    depth = camera.fx * width_mm / (fill * camera.width)
    direction = np.radians(tilt_towards_deg)
    tilt = cv2.Rodrigues(np.radians(tilt_deg) * np.array([np.cos(direction), np.sin(direction), 0.0]))[0]
    roll = cv2.Rodrigues(np.array([0.0, 0.0, np.radians(roll_deg)]))[0]
    pose = np.eye(4)
    pose[:3, :3] = tilt @ roll
    # Wide lenses: a place far off the axis is reached along the ray, not along the axis.
    centre = ray / np.linalg.norm(ray) * depth
    pose[:3, 3] = centre - pose[:3, :3] @ np.array([width_mm / 2, height_mm / 2, 0.0])
    return pose


def good_capture(
    camera: Camera, board: Board, count: int, rng: np.random.Generator, reach: float = 0.3, fill: float = 0.6
) -> list[np.ndarray]:
    """Poses all over the picture: near and far, tilted to all sides up to 45 degrees.

    reach: how far from the middle the board's middle goes, in picture sides.
    """
    places = [(0.5, 0.5), (-1, -1), (1, -1), (-1, 1), (1, 1), (0, -1), (0, 1), (-1, 0), (1, 0)]
    poses = []
    for number in range(count):
        if number % len(places) == 0:
            x, y = 0.0, 0.0
        else:
            x, y = places[number % len(places)]
        at = (0.5 + reach * x + rng.uniform(-0.05, 0.05), 0.5 + reach * y + rng.uniform(-0.05, 0.05))
        tilt = rng.uniform(15, 45) if number % 4 else rng.uniform(0, 10)
        size = fill * rng.uniform(0.75, 1.25)
        poses.append(held(camera, board, at, size, tilt, rng.uniform(0, 360), rng.uniform(-25, 25)))
    return poses
