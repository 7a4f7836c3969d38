"""From pixels to rays and points, and back, through the full camera model."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry.distortion import distort, undistort
from EndoDepthLib.values import Camera


def pixel_rays(camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """Rays (N, 3) float64 with z = 1 through pixels (N, 2) (u, v); NaN where the lens model has no ray."""
    pixels = np.asarray(pixels, dtype=np.float64)
    normalised = np.stack([(pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy], axis=1)
    return np.concatenate([undistort(camera, normalised), np.ones((len(pixels), 1))], axis=1)


@lru_cache(maxsize=2)
def camera_rays(camera: Camera) -> np.ndarray:
    """Rays through every pixel centre: (H, W, 3) float64 with z = 1, read-only; NaN where the lens model has no ray.

    A point of z-depth d at pixel (u, v) is d * rays[v, u]. The last two cameras are kept for the next frame.
    """
    columns, rows = np.meshgrid(np.arange(camera.width, dtype=np.float64), np.arange(camera.height, dtype=np.float64))
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1)
    rays = pixel_rays(camera, pixels).reshape(camera.height, camera.width, 3)
    rays[np.isnan(rays[..., 0])] = np.nan
    rays.flags.writeable = False
    return rays


def project(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) float64 of camera-space points (N, 3), lens distortion included; NaN for points not in front.

    Raises InputError when points are not (N, 3).
    """
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise InputError(f"points are {points.shape}; expected (N, 3)")
    depth = np.where(points[:, 2] > 0, points[:, 2], np.nan)
    distorted = distort(camera, points[:, :2] / depth[:, None])
    return np.stack([camera.fx * distorted[:, 0] + camera.cx, camera.fy * distorted[:, 1] + camera.cy], axis=1)


def unproject(camera: Camera, depth: np.ndarray) -> np.ndarray:
    """Camera-space points (H, W, 3) float64 of a z-depth image (H, W), in the depth's unit; NaN depth gives NaN.

    Raises InputError when the depth is not on the camera's grid.
    """
    if depth.shape != (camera.height, camera.width):
        raise InputError(f"depth is {depth.shape}; expected {(camera.height, camera.width)}, the camera's grid")
    return camera_rays(camera) * depth.astype(np.float64)[..., None]
