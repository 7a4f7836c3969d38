"""Voxels of blocks on the picture, through the full camera model, in float32."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.geometry.distortion import distort
from EndoDepthLib.values import Camera

_SAME_RAY_PX = 2.0


def project_voxels(
    camera: Camera, camera_from_world: np.ndarray, origins: np.ndarray, offsets: np.ndarray, voxel: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where voxels fall.

    origins (B, 3): first voxel of each block, offsets (V, 3): voxels in a block, both in voxels; camera_from_world
    (4, 4). Gives pixels (2, B * V) float32, which are (0, 0) outside the picture, z (B * V,) float32, and inside
    (B * V,) bool. A point that the lens model only seems to bring into the picture (its polynomial turns back outside)
    is outside.
    """
    turned = (offsets @ camera_from_world[:3, :3].T * voxel).astype(np.float32)
    moved = (origins * voxel) @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
    moved = moved.astype(np.float32)
    x, y, z = ((moved[:, None, axis] + turned[None, :, axis]).ravel() for axis in range(3))
    in_front = z > 1e-6
    inverse = 1.0 / np.where(in_front, z, np.float32(1.0))
    x, y = x * inverse, y * inverse
    if camera.has_distortion:
        lens = distort(camera, np.stack([x, y], axis=1).astype(np.float64)).astype(np.float32)
        u, v = lens[:, 0], lens[:, 1]
    else:
        u, v = x, y
    u = u * np.float32(camera.fx) + np.float32(camera.cx)
    v = v * np.float32(camera.fy) + np.float32(camera.cy)
    inside = in_front & (u > -0.5) & (u < camera.width - 0.5) & (v > -0.5) & (v < camera.height - 0.5)
    u, v = np.where(inside, u, np.float32(0)), np.where(inside, v, np.float32(0))
    if camera.has_distortion:
        rays = camera_rays(camera)[np.rint(v).astype(np.intp), np.rint(u).astype(np.intp)]
        with np.errstate(invalid="ignore"):
            off = np.maximum(np.abs(rays[:, 0] - x) * camera.fx, np.abs(rays[:, 1] - y) * camera.fy)
            inside &= off < _SAME_RAY_PX * (1.0 + x * x + y * y)  # a pixel spans more of the plane z = 1 further out
    return np.stack([u, v]), z, inside
