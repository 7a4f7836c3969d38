"""Edges of a triangle mesh, its parts, and the holes in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Edges:
    """The distinct edges of M triangles: ends (E, 2) int64, the smaller number first; counts (E,) triangles at each;
    of_triangle (M, 3): the edges opposite to no particular corner: from corner 0 to 1, 1 to 2, 2 to 0."""

    ends: np.ndarray
    counts: np.ndarray
    of_triangle: np.ndarray


def edges_of(triangles: np.ndarray) -> Edges:
    """The edges of triangles (M, 3)."""
    pairs = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    base = int(pairs.max()) + 1 if len(pairs) else 1
    keys, same, counts = np.unique(pairs[:, 0] * base + pairs[:, 1], return_inverse=True, return_counts=True)
    return Edges(np.stack(np.divmod(keys, base), axis=1), counts, same.reshape(-1, 3))


def parts_of(triangles: np.ndarray, vertices: int) -> np.ndarray:
    """Number (M,) of the connected part that each triangle belongs to; parts are connected through vertices."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(vertices, vertices))
    return np.asarray(connected_components(graph, directed=False)[1])[triangles[:, 0]]


def hole_lengths(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Lengths of the closed borders of a mesh, the longest first, in the unit of its vertices.

    A border is a chain of edges with one triangle; borders that touch in a vertex count as one. In a mesh of one part
    the longest one usually is its rim, the others are holes in it.
    """
    edges = edges_of(triangles)
    border = edges.ends[edges.counts == 1]
    if not len(border):
        return np.zeros(0)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    used, local = np.unique(border, return_inverse=True)
    local = local.reshape(-1, 2)
    ones = np.ones(len(local), np.int8)
    graph = coo_matrix((ones, (local[:, 0], local[:, 1])), shape=(len(used), len(used)))
    chain = connected_components(graph, directed=False)[1]
    lengths = np.linalg.norm(vertices[border[:, 0]] - vertices[border[:, 1]], axis=1)
    return np.sort(np.bincount(chain[local[:, 0]], lengths))[::-1]
