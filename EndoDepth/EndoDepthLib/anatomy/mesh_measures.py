"""Normals, areas and the inside of triangle meshes, in numpy."""

from __future__ import annotations

import numpy as np


def triangle_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(M, 3) normals as long as twice the area, by the right-hand rule."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)


def triangle_areas(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(M,) areas in the vertices' unit squared."""
    areas: np.ndarray = np.linalg.norm(triangle_normals(vertices, triangles), axis=1) / 2
    return areas


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(N, 3) unit normals, triangles weighted by area; (0, 0, 0) for a vertex of no triangle."""
    summed = np.zeros((len(vertices), 3))
    normals = triangle_normals(vertices, triangles)
    for axis in range(3):
        for corner in range(3):
            summed[:, axis] += np.bincount(triangles[:, corner], normals[:, axis], minlength=len(vertices))
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.divide(summed, length, out=np.zeros_like(summed), where=length > 0)


def vertex_areas(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(N,) the area that each vertex stands for: a third of its triangles."""
    thirds = triangle_areas(vertices, triangles) / 3
    return np.bincount(triangles.ravel(), np.repeat(thirds, 3), minlength=len(vertices))


def signed_volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Volume inside a closed mesh; negative when its triangles are seen clockwise from outside."""
    a, b, c = (vertices[triangles[:, corner]] - vertices.mean(axis=0) for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def is_closed(triangles: np.ndarray) -> bool:
    """Whether every edge belongs to exactly two triangles."""
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return bool(len(counts)) and bool(np.all(counts == 2))


def surface_samples(
    vertices: np.ndarray, triangles: np.ndarray, normals: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """About `count` points spread evenly over the mesh, (P, 3), and their unit normals (P, 3); the same every time.

    Each triangle gets points by its area, at fixed places of a low-discrepancy sequence.
    """
    areas = triangle_areas(vertices, triangles)
    edges = np.linspace(0.0, areas.sum(), count, endpoint=False) + areas.sum() / (2 * count)
    chosen = np.searchsorted(np.cumsum(areas), edges, side="right").clip(max=len(triangles) - 1)
    number = np.arange(count)
    u, v = (number * 0.7548776662466927) % 1.0, (number * 0.5698402909980532) % 1.0  # Roberts' R2 sequence
    folded = u + v > 1
    u, v = np.where(folded, 1 - u, u), np.where(folded, 1 - v, v)
    share = np.stack([1 - u - v, u, v], axis=1)
    corners = triangles[chosen]
    points = np.einsum("pk,pkd->pd", share, vertices[corners])
    directions = np.einsum("pk,pkd->pd", share, normals[corners])
    length = np.linalg.norm(directions, axis=1, keepdims=True)
    return points, np.divide(directions, length, out=np.zeros_like(directions), where=length > 0)
