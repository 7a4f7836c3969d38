"""The wall and floor of moving_camera in millimetres: their truth is two planes."""

from __future__ import annotations

from functools import cache

import numpy as np
from moving_camera.two_planes import CAMERA, FLOOR_Y, WALL_Z, poses, view

from EndoDepthLib.results import ResultsSegment
from fused_scene.true_results import TrueFrame

MM = 10.0
"""Millimetres to a unit of moving_camera: the wall is 60 mm away."""
SMALLER = 2
LENS = CAMERA.resize(CAMERA.width // SMALLER, CAMERA.height // SMALLER)
WALL = ResultsSegment("Liver lobe", "liver", (170, 50, 50), "phantoms only")
FLOOR = ResultsSegment("gallbladder", "gallbladder", (60, 140, 60), "phantoms only")
TOOL = ResultsSegment("grasper", "surgical instrument", (70, 130, 255), "phantoms only")
SEGMENTS = (WALL, FLOOR, TOOL)


@cache
def true_poses(count: int) -> np.ndarray:
    """(count, 4, 4) world_from_camera in millimetres."""
    result = poses(count).copy()
    result[:, :3, 3] *= MM
    return result


@cache
def true_frames(count: int) -> tuple[TrueFrame, ...]:
    """The frames, half the size of moving_camera's; labels 1 = wall, 2 = floor."""
    frames = []
    for pose in poses(count):
        image, _ = view(pose)
        rows, columns = np.mgrid[: LENS.height, : LENS.width].astype(np.float64)
        rays = np.stack([(columns - LENS.cx) / LENS.fx, (rows - LENS.cy) / LENS.fy, np.ones_like(rows)], axis=-1)
        turned, origin = rays @ pose[:3, :3].T, pose[:3, 3]
        with np.errstate(divide="ignore"):
            wall, floor = (WALL_Z - origin[2]) / turned[..., 2], (FLOOR_Y - origin[1]) / turned[..., 1]
        floor = np.where(floor > 0, floor, np.inf)
        depth, labels = MM * np.minimum(wall, floor), np.where(wall <= floor, 1, 2).astype(np.uint8)
        small = image.reshape(LENS.height, SMALLER, LENS.width, SMALLER, 3).mean(axis=(1, 3)).round()
        world = pose.copy()
        world[:3, 3] *= MM
        frames.append(TrueFrame(small.astype(np.uint8), depth, labels, world))
    return tuple(frames)


def distance_to_truth(points: np.ndarray) -> np.ndarray:
    """(N,) millimetres from the nearer of the two planes."""
    return np.minimum(np.abs(points[:, 2] - MM * WALL_Z), np.abs(points[:, 1] - MM * FLOOR_Y))
