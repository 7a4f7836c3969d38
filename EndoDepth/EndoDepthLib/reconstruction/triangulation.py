"""Triangles over a grid of points."""

from __future__ import annotations

import numpy as np

_MIN_ROUNDNESS = 0.01
"""Twice a triangle's area over its longest edge squared (height over base; 0.87 if equilateral): slivers are below."""


def triangulate_grid(points: np.ndarray, max_relative_jump: float, min_cosine: float) -> np.ndarray:
    """Triangles (M, 3) int32 over a grid of camera-space points (H, W, 3), NaN = missing.

    Indices are into the flattened grid; triangles turn counter-clockwise seen from the camera at the origin. Each cell
    is split along the diagonal with the smaller depth step, so that a cut follows the edge of an object and a cell
    with three valid corners keeps its one triangle.
    """
    rows, columns = points.shape[:2]
    if rows < 2 or columns < 2:
        return np.zeros((0, 3), np.int32)
    z = points[..., 2]
    top_left, top_right, bottom_left, bottom_right = z[:-1, :-1], z[:-1, 1:], z[1:, :-1], z[1:, 1:]
    across = _jump(z[:, :-1], z[:, 1:])
    down = _jump(z[:-1], z[1:])
    falling = _jump(top_left, bottom_right)
    rising = _jump(top_right, bottom_left)

    limit = np.float32(max_relative_jump)
    diagonal_limit = np.float32(max_relative_jump * np.sqrt(2.0))  # the same slope over a longer edge
    across_near, down_near = across <= limit, down <= limit
    top, bottom, left, right = across_near[:-1], across_near[1:], down_near[:, :-1], down_near[:, 1:]
    use_falling = falling <= rising
    falling_near = use_falling & (falling <= diagonal_limit)
    rising_near = ~use_falling & (rising <= diagonal_limit)

    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate(
        [
            _select(falling_near & left & bottom, a, c, d),
            _select(falling_near & top & right, a, d, b),
            _select(rising_near & top & left, a, c, b),
            _select(rising_near & right & bottom, b, c, d),
        ]
    )
    return triangles[_well_shaped(points.reshape(-1, 3), triangles, min_cosine)]


def _jump(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Depth step relative to the nearer depth; infinite where either is missing."""
    step = np.abs(first - second) / np.minimum(first, second)
    step[np.isnan(step)] = np.inf
    return step


def _select(mask: np.ndarray, first: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    return np.stack([first[mask], second[mask], third[mask]], axis=1)


def _well_shaped(points: np.ndarray, triangles: np.ndarray, min_cosine: float) -> np.ndarray:
    """(M,) bool: neither seen at a grazing angle nor a sliver."""
    x, y, z = (np.ascontiguousarray(points[:, axis], dtype=np.float32)[triangles.T] for axis in range(3))
    abx, aby, abz = x[1] - x[0], y[1] - y[0], z[1] - z[0]
    acx, acy, acz = x[2] - x[0], y[2] - y[0], z[2] - z[0]
    normal_x, normal_y, normal_z = aby * acz - abz * acy, abz * acx - abx * acz, abx * acy - aby * acx
    area = normal_x * normal_x + normal_y * normal_y + normal_z * normal_z  # (twice the area) squared
    facing = -(normal_x * x[0] + normal_y * y[0] + normal_z * z[0])
    distance = x[0] * x[0] + y[0] * y[0] + z[0] * z[0]
    bcx, bcy, bcz = acx - abx, acy - aby, acz - abz
    longest = np.maximum(
        np.maximum(abx * abx + aby * aby + abz * abz, acx * acx + acy * acy + acz * acz),
        bcx * bcx + bcy * bcy + bcz * bcz,
    )
    upright = (facing > 0) & (facing * facing >= np.float32(min_cosine**2) * area * distance)
    return upright & (area >= np.float32(_MIN_ROUNDNESS**2) * longest * longest)
