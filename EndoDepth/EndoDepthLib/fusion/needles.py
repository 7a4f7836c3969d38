"""Triangles that are nearly a line: short edges drawn together, long ones turned, until few or none are left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from EndoDepthLib.fusion.marching import RawMesh
from EndoDepthLib.fusion.topology import edges_of

NEEDLE = 0.1
"""Height over longest edge of a triangle (0.87 if equilateral) below which it is called a needle: 6 degrees or less."""
_SHORT = 0.3  # of the length of a usual edge
_PASSES = 6
_SAME_SIDE = 0.3


def roundness(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Height over longest edge (M,) of triangles."""
    corners = vertices[triangles]
    sides = corners - np.roll(corners, 1, axis=1)
    longest = np.einsum("mck,mck->mc", sides, sides).max(axis=1)
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    return area / np.maximum(longest, 1e-30)


def without_needles(mesh: RawMesh) -> RawMesh:
    """The mesh with its needles mended as far as that keeps its shape: vertices move by a third of an edge at most."""
    for _ in range(_PASSES):
        needle = roundness(mesh.vertices, mesh.triangles) < NEEDLE
        if not needle.any():
            break
        # Whatever touches a needle is all that can change, and all that has to be looked at.
        corner = np.zeros(len(mesh.vertices), bool)
        corner[mesh.triangles[needle]] = True
        near = corner[mesh.triangles].any(axis=1)
        mended = _without_rim(_turn_long_edges(_draw_together(replace(mesh, triangles=mesh.triangles[near]))), corner)
        mesh = replace(mended, triangles=np.concatenate([mesh.triangles[~near], mended.triangles]))
    return mesh


def _draw_together(mesh: RawMesh) -> RawMesh:
    """Join the ends of short edges of needles in their middle, at each vertex one at a time."""
    edges = edges_of(mesh.triangles)
    lengths = np.linalg.norm(mesh.vertices[edges.ends[:, 0]] - mesh.vertices[edges.ends[:, 1]], axis=1)
    needle = roundness(mesh.vertices, mesh.triangles) < NEEDLE
    of_needle = np.zeros(len(lengths), bool)
    of_needle[edges.of_triangle[needle]] = True
    short = np.flatnonzero(of_needle & (lengths < _SHORT * np.median(lengths)))
    if not len(short):
        return mesh
    shortest = np.full(len(mesh.vertices), np.inf)
    order = np.empty(len(short))
    order[np.argsort(lengths[short], kind="stable")] = np.arange(len(short))
    for end in (0, 1):
        np.minimum.at(shortest, edges.ends[short, end], order)
    first, second = edges.ends[short].T
    chosen = (shortest[first] == order) & (shortest[second] == order)
    first, second = first[chosen], second[chosen]
    vertices = mesh.vertices.copy()
    vertices[first] = (vertices[first] + vertices[second]) / 2
    target = np.arange(len(vertices))
    target[second] = first
    triangles = target[mesh.triangles]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    _, kept = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True)
    return replace(mesh, vertices=vertices, triangles=triangles[np.sort(kept)])


def _turn_long_edges(mesh: RawMesh) -> RawMesh:
    """Where the longest edge of a needle joins it to another triangle, use the other diagonal of the two if rounder."""
    triangles, vertices = mesh.triangles.copy(), mesh.vertices
    quality = roundness(vertices, triangles)
    edges = edges_of(triangles)
    lengths = np.linalg.norm(vertices[edges.ends[:, 0]] - vertices[edges.ends[:, 1]], axis=1)
    needles = np.flatnonzero(quality < NEEDLE)
    longest = lengths[edges.of_triangle[needles]].argmax(axis=1)
    edge = edges.of_triangle[needles, longest]
    needles, longest, edge = (values[edges.counts[edge] == 2] for values in (needles, longest, edge))
    # The other triangle at each edge: the sum of both minus this one.
    sums = np.bincount(edges.of_triangle.ravel(), np.repeat(np.arange(len(triangles)), 3), minlength=len(lengths))
    other = (sums[edge] - needles).astype(np.int64)
    start, end = triangles[needles, longest], triangles[needles, (longest + 1) % 3]
    apex, far = triangles[needles, (longest + 2) % 3], triangles[other].sum(axis=1) - start - end
    new_first = np.stack([apex, start, far], axis=1)
    new_second = np.stack([far, end, apex], axis=1)
    better = np.minimum(roundness(vertices, new_first), roundness(vertices, new_second))
    better_than = np.minimum(quality[needles], quality[other])
    normal = _normals(vertices, triangles[other])
    along = np.minimum(
        (_normals(vertices, new_first) * normal).sum(axis=1), (_normals(vertices, new_second) * normal).sum(axis=1)
    )
    base = len(vertices)
    low, high = np.minimum(apex, far), np.maximum(apex, far)
    is_new = ~np.isin(low * base + high, edges.ends[:, 0] * base + edges.ends[:, 1])
    good = (better > 1.5 * better_than) & (along > _SAME_SIDE) & is_new & (apex != far)
    # A triangle, and a new edge, may take part once in a pass.
    worst = np.argsort(better_than, kind="stable")
    taken: set[int] = set()
    new_edges: set[tuple[int, int]] = set()
    for number in worst[good[worst]].tolist():
        pair, diagonal = {int(needles[number]), int(other[number])}, (int(low[number]), int(high[number]))
        if not (pair & taken) and diagonal not in new_edges:
            taken |= pair
            new_edges.add(diagonal)
            triangles[needles[number]], triangles[other[number]] = new_first[number], new_second[number]
    return replace(mesh, triangles=triangles)


def _without_rim(mesh: RawMesh, corner: np.ndarray) -> RawMesh:
    """The mesh without needles whose longest edge is a border: nothing but a jag of the rim is lost.

    corner (N,) bool: vertices all triangles of which are here; other edges only seem to be borders.
    """
    edges = edges_of(mesh.triangles)
    lengths = np.linalg.norm(mesh.vertices[edges.ends[:, 0]] - mesh.vertices[edges.ends[:, 1]], axis=1)
    longest = lengths[edges.of_triangle].argmax(axis=1)
    edge = edges.of_triangle[np.arange(len(mesh.triangles)), longest]
    border = (edges.counts == 1) & corner[edges.ends].any(axis=1)
    jag = border[edge] & (roundness(mesh.vertices, mesh.triangles) < NEEDLE)
    return replace(mesh, triangles=mesh.triangles[~jag])


def _normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    return np.asarray(normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30))
