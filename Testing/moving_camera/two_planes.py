"""A textured wall above a textured floor, seen by a travelling camera: pictures, depth and poses."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.values import Camera

CAMERA = Camera(200.0, 200.0, 119.5, 89.5, 240, 180)
WALL_Z, FLOOR_Y = 6.0, 1.2
_TEXELS_PER_UNIT = 60.0
_TEXTURE_SIDE = 1024


def poses(count: int) -> np.ndarray:
    """(count, 4, 4) world_from_camera: sideways and forward, turning a little."""
    result = np.tile(np.eye(4), (count, 1, 1))
    for number, t in enumerate(np.linspace(-1.0, 1.0, count)):
        turn = np.array([0.05 * t, -0.18 * t, 0.03 * t])
        result[number, :3, :3] = cv2.Rodrigues(turn)[0]
        result[number, :3, 3] = [1.3 * t, 0.2 * t * t, 0.5 * t]
    return result


@cache
def _texture(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(
            rng.uniform(0, 1, (side, side)).astype(np.float32), (_TEXTURE_SIDE,) * 2, interpolation=cv2.INTER_CUBIC
        )
        for side in (64, 128, 256)
    ]
    mixed = sum(layers)
    return ((mixed - mixed.min()) / (mixed.max() - mixed.min()) * 220 + 10).astype(np.float32)


def view(world_from_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Picture (180, 240, 3) uint8 and z-depth (180, 240) float64 from a pose."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width].astype(np.float64)
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones_like(u)], axis=-1)
    directions, origin = rays @ world_from_camera[:3, :3].T, world_from_camera[:3, 3]
    with np.errstate(divide="ignore"):
        wall = (WALL_Z - origin[2]) / directions[..., 2]
        floor = (FLOOR_Y - origin[1]) / directions[..., 1]
    floor = np.where(floor > 0, floor, np.inf)
    depth = np.minimum(wall, floor)
    points = origin + directions * depth[..., None]
    on_wall = wall <= floor
    across, along = points[..., 0], np.where(on_wall, points[..., 1], points[..., 2])
    maps = [(values * _TEXELS_PER_UNIT + _TEXTURE_SIDE / 2).astype(np.float32) for values in (across, along)]
    sampled = [cv2.remap(_texture(seed), *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP) for seed in (1, 2)]
    grey = np.where(on_wall, *sampled)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2), depth


def write_frames(folder: Path, pictures: list[np.ndarray]) -> Path:
    """Pictures as 000.png, 001.png, ... in a new folder."""
    folder.mkdir()
    for number, picture in enumerate(pictures):
        (folder / f"{number:03d}.png").write_bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    return folder
