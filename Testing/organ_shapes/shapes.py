"""Three organs with known shape: lobed like a liver, smooth and nearly symmetric, tubular.

Run it (`python Testing/organ_shapes/shapes.py DIR`) to write them as .ply files; they are the same every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

SHAPES = ("lobed", "smooth", "tubular")


def organ_mesh(shape: str, detail: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float64 in LPS millimetres and triangles (M, 3) int32, outside counter-clockwise.

    detail: each step makes four times as many triangles (5: about 20,000).
    """
    return {"lobed": _lobed, "smooth": _smooth, "tubular": _tubular}[shape](detail)


def _lobed(detail: int) -> tuple[np.ndarray, np.ndarray]:
    """A wedge of 200 x 140 x 110 mm: thick right lobe, thin left lobe, a notch between them, a hollow below."""
    directions, triangles = _sphere(detail)
    x, y, z = directions.T
    radius = np.full(len(directions), 1.0)
    radius += 0.30 * _bump(directions, (1.0, -0.2, 0.25), 0.55) + 0.18 * _bump(directions, (-0.5, -0.6, -0.5), 0.45)
    radius -= 0.40 * _bump(directions, (-0.15, -0.9, 0.35), 0.24) + 0.30 * _bump(directions, (0.1, 0.5, -0.9), 0.4)
    radius -= 0.22 * _bump(directions, (0.35, -0.75, -0.45), 0.25) - 0.12 * _bump(directions, (-0.9, 0.2, 0.5), 0.35)
    radius += 0.03 * np.sin(5 * x + 1.0) * np.cos(4 * z - 0.5) + 0.02 * np.sin(6 * y + 2 * z)
    vertices = directions * radius[:, None] * np.array([88.0, 62.0, 50.0])
    vertices[:, 2] *= 1.0 + 0.0035 * vertices[:, 0]  # a wedge: thick on one side
    return vertices + np.array([-40.0, 15.0, 60.0]), triangles


def _smooth(detail: int) -> tuple[np.ndarray, np.ndarray]:
    """An egg of 110 x 88 x 76 mm that differs from its mirror images by about five millimetres only."""
    directions, triangles = _sphere(detail)
    x, y, z = directions.T
    radius = 1.0 + 0.10 * x + 0.06 * y * z + 0.05 * x * z - 0.05 * _bump(directions, (0.2, 0.1, -1.0), 0.5)
    radius += 0.07 * _bump(directions, (-0.4, 0.8, 0.4), 0.5)
    return directions * radius[:, None] * np.array([55.0, 44.0, 38.0]) + np.array([30.0, -20.0, -10.0]), triangles


def _tubular(detail: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed bent tube, 260 mm long and 56 mm thick, with folds that are no two alike."""
    around, along = 12 * 2 ** max(detail - 2, 0), 20 * 2 ** max(detail - 2, 0)
    t = np.linspace(0.0, 1.0, along + 1)
    centre = np.stack([210 * t - 105, 60 * np.sin(2.6 * t + 0.2), 35 * np.cos(3.4 * t) + 12 * np.sin(7 * t)], axis=1)
    tangent = np.gradient(centre, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(tangent, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    ends = np.sqrt(np.clip(1 - np.clip((0.12 - t) / 0.12, 0, 1) ** 2, 0, 1))
    ends *= np.sqrt(np.clip(1 - np.clip((t - 0.88) / 0.12, 0, 1) ** 2, 0, 1))
    radius = (27 + 5 * np.sin(9 * t + 0.7) + 3 * np.sin(23 * t) + 4 * t)[:, None]
    radius = radius + 3.0 * np.cos(2 * angle[None] + 5 * t[:, None]) + 2.0 * np.sin(angle[None] - 8 * t[:, None])
    radius = radius * ends[:, None]
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    rings = centre[1:-1, None] + radius[1:-1, :, None] * ring[1:-1]
    vertices = np.concatenate([rings.reshape(-1, 3), centre[:1], centre[-1:]])
    first, last, rows = len(vertices) - 2, len(vertices) - 1, len(rings)
    row, column = np.mgrid[: rows - 1, :around]
    a, b = row * around + column, row * around + (column + 1) % around
    quads = np.stack([a, b, b + around, a, b + around, a + around], axis=-1).reshape(-1, 3)
    turn, following = np.arange(around), (np.arange(around) + 1) % around
    caps = np.concatenate(
        [
            np.stack([np.full(around, first), following, turn], axis=1),
            np.stack([np.full(around, last), (rows - 1) * around + turn, (rows - 1) * around + following], axis=1),
        ]
    )
    triangles = np.concatenate([quads, caps]).astype(np.int32)
    a0, b0, c0 = (vertices[triangles[:, k]] for k in range(3))
    if np.einsum("ij,ij->", a0, np.cross(b0, c0)) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return vertices, triangles


def _bump(directions: np.ndarray, towards: tuple[float, float, float], width: float) -> np.ndarray:
    axis = np.array(towards) / np.linalg.norm(towards)
    return np.exp(-np.square(directions - axis).sum(axis=1) / (2 * width**2))


def _sphere(detail: int) -> tuple[np.ndarray, np.ndarray]:
    """An icosahedron, its triangles cut into four `detail` times."""
    golden = (1 + 5**0.5) / 2
    corners = [(-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0), (0, -1, golden), (0, 1, golden)]
    corners += [(0, -1, -golden), (0, 1, -golden), (golden, 0, -1), (golden, 0, 1), (-golden, 0, -1), (-golden, 0, 1)]
    faces = "0 11 5 0 5 1 0 1 7 0 7 10 0 10 11 1 5 9 5 11 4 11 10 2 10 7 6 7 1 8 3 9 4 3 4 2 3 2 6 3 6 8 3 8 9"
    faces += " 4 9 5 2 4 11 6 2 10 8 6 7 9 8 1"
    vertices, triangles = np.array(corners, float), np.array(faces.split(), int).reshape(-1, 3)
    for _ in range(detail):
        edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
        edges, place = np.unique(edges, axis=0, return_inverse=True)
        middle = len(vertices) + place.reshape(3, -1).T
        vertices = np.concatenate([vertices, vertices[edges].mean(axis=1)])
        a, b, c = triangles.T
        ab, bc, ca = middle.T
        triangles = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return vertices / np.linalg.norm(vertices, axis=1, keepdims=True), triangles.astype(np.int32)


if __name__ == "__main__":
    from EndoDepthLib.anatomy import OrganSurface, write_surface_file

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in SHAPES:
        write_surface_file(folder / f"{each}.ply", OrganSurface(*organ_mesh(each), name=each))
