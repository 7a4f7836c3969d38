"""Triangles over a grid of points."""

from __future__ import annotations

import numpy as np

_MIN_ROUNDNESS = 0.01
"""Twice a triangle's area over its longest edge squared (height over base; 0.87 if equilateral): slivers are below."""


def triangulate_grid(points: np.ndarray, max_relative_jump: float, min_cosine: float) -> np.ndarray:
    """Triangles (M, 3) int32 over a grid of camera-space points (H, W, 3), NaN = missing.

    Indices are into the flattened grid; triangles turn counter-clockwise seen from the camera at the origin. Each cell
    is split along the diagonal with the smaller depth step, so that a cut follows the edge of an object and a cell
    with three valid corners keeps its one triangle. Left out: steps above `max_relative_jump` of the nearer depth,
    normals less than `min_cosine` along the viewing ray, slivers.
    """
    rows, columns = points.shape[:2]
    if rows < 2 or columns < 2:
        return np.zeros((0, 3), np.int32)
    planes = np.ascontiguousarray(points.transpose(2, 0, 1), dtype=np.float32)
    z = planes[2]
    across_near = _jump(z[:, :-1], z[:, 1:]) <= max_relative_jump
    down_near = _jump(z[:-1], z[1:]) <= max_relative_jump
    top_near, bottom_near = across_near[:-1], across_near[1:]
    left_near, right_near = down_near[:, :-1], down_near[:, 1:]
    falling, rising = _jump(z[:-1, :-1], z[1:, 1:]), _jump(z[:-1, 1:], z[1:, :-1])
    use_falling = falling <= rising
    diagonal_limit = max_relative_jump * np.sqrt(2.0)  # the same slope over a longer edge
    falling_near = use_falling & (falling <= diagonal_limit)
    rising_near = ~use_falling & (rising <= diagonal_limit)

    # Corners of a cell: a b above, c d below. Every triangle is spanned by one vertical and one horizontal edge.
    across, down = planes[:, :, 1:] - planes[:, :, :-1], planes[:, 1:] - planes[:, :-1]
    top, bottom, left, right = across[:, :-1], across[:, 1:], down[:, :, :-1], down[:, :, 1:]
    corner_a, corner_d = planes[:, :-1, :-1], planes[:, 1:, 1:]
    # Not top + right: the corner between them may be missing.
    falling_length, rising_length = _squared(corner_d - corner_a), _squared(planes[:, 1:, :-1] - planes[:, :-1, 1:])
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    families = (
        ((a, c, d), falling_near & left_near & bottom_near, left, bottom, falling_length, corner_a),
        ((a, d, b), falling_near & top_near & right_near, right, top, falling_length, corner_a),
        ((a, c, b), rising_near & top_near & left_near, left, top, rising_length, corner_a),
        ((b, c, d), rising_near & right_near & bottom_near, right, bottom, rising_length, corner_d),
    )
    triangles = []
    for corners, near, vertical, horizontal, diagonal, corner in families:
        kept = np.flatnonzero(near & _well_shaped(vertical, horizontal, diagonal, corner, min_cosine))
        triangles.append(np.stack([corner_index.ravel()[kept] for corner_index in corners], axis=1))
    return np.concatenate(triangles)


def _jump(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Depth step relative to the nearer depth; infinite where either is missing."""
    step = np.abs(first - second) / np.minimum(first, second)
    step[np.isnan(step)] = np.inf
    return step


def _squared(edges: np.ndarray) -> np.ndarray:
    """Squared lengths of vectors (3, H, W)."""
    return np.asarray(edges[0] * edges[0] + edges[1] * edges[1] + edges[2] * edges[2])


def _well_shaped(
    vertical: np.ndarray, horizontal: np.ndarray, diagonal: np.ndarray, corner: np.ndarray, min_cosine: float
) -> np.ndarray:
    """(H, W) bool: the triangle of these edges is neither seen at a grazing angle nor a sliver; False where NaN.

    vertical x horizontal (3, H, W) points to the camera; `diagonal` is the third edge's squared length and `corner` a
    point of the triangle.
    """
    normal_x = vertical[1] * horizontal[2] - vertical[2] * horizontal[1]
    normal_y = vertical[2] * horizontal[0] - vertical[0] * horizontal[2]
    normal_z = vertical[0] * horizontal[1] - vertical[1] * horizontal[0]
    area = normal_x * normal_x + normal_y * normal_y + normal_z * normal_z  # (twice the area) squared
    facing = -(normal_x * corner[0] + normal_y * corner[1] + normal_z * corner[2])
    longest = np.maximum(diagonal, np.maximum(_squared(vertical), _squared(horizontal)))
    upright = (facing > 0) & (facing * facing >= np.float32(min_cosine**2) * area * _squared(corner))
    return np.asarray(upright & (area >= np.float32(_MIN_ROUNDNESS**2) * longest * longest))
