"""Fewer triangles and no small islands: what is left of a mesh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from EndoDepthLib.fusion.marching import RawMesh
from EndoDepthLib.fusion.topology import edges_of, parts_of


def only_used(mesh: RawMesh) -> RawMesh:
    """The mesh without vertices in no triangle."""
    used, triangles = np.unique(mesh.triangles, return_inverse=True)
    return RawMesh(
        mesh.vertices[used], triangles.reshape(-1, 3), mesh.color[used], mesh.labels[used], mesh.weight[used]
    )


def without_fins(mesh: RawMesh) -> RawMesh:
    """The mesh with at most two triangles at every edge: joining vertices can leave a third one standing on it.

    Of the triangles at such an edge those go that have a free edge, and then the smallest, one at a time.
    """
    triangles = mesh.triangles
    while len(triangles):
        edges = edges_of(triangles)
        crowded = edges.counts > 2
        if not crowded.any():
            break
        at_crowded = np.flatnonzero(crowded[edges.of_triangle].any(axis=1))
        free = (edges.counts[edges.of_triangle[at_crowded]] == 1).any(axis=1)
        a, b, c = (mesh.vertices[triangles[at_crowded, corner]] for corner in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        gone = np.zeros(len(triangles), bool)
        settled: set[int] = set()
        for number in at_crowded[np.lexsort((area, ~free))].tolist():
            own = {int(edge) for edge in edges.of_triangle[number] if crowded[edge]}
            if not own & settled:
                gone[number] = True
                settled |= own
        triangles = triangles[~gone]
    return replace(mesh, triangles=triangles)


def without_islands(mesh: RawMesh, min_share: float) -> tuple[RawMesh, int, int]:
    """The mesh without parts of fewer triangles than this share (0..1) of the largest; how many parts it has and lost.

    Parts are connected by a vertex.
    """
    if not len(mesh.triangles):
        return only_used(mesh), 0, 0
    part = parts_of(mesh.triangles, len(mesh.vertices))
    sizes = np.bincount(part)
    large = sizes >= max(1.0, min_share * sizes.max())
    removed = int(np.count_nonzero(sizes) - np.count_nonzero(large))
    return only_used(replace(mesh, triangles=mesh.triangles[large[part]])), int(np.count_nonzero(large)), removed


def decimated(mesh: RawMesh, triangles: int) -> RawMesh:
    """The mesh with about this many triangles, those where it is flattest joined first; VTK's quadric decimation
    (Garland and Heckbert, SIGGRAPH 1997). Colour, label and weight of a vertex are those of the nearest one before.
    """
    if len(mesh.triangles) <= triangles:
        return mesh
    from scipy.spatial import cKDTree
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    from EndoDepthLib.fusion.poly_data import poly_data

    filter_ = vtkQuadricDecimation()
    filter_.SetInputData(poly_data(mesh.vertices, mesh.triangles))
    filter_.SetTargetReduction(1.0 - triangles / len(mesh.triangles))
    filter_.VolumePreservationOn()
    filter_.Update()
    thin = filter_.GetOutput()
    vertices = vtk_to_numpy(thin.GetPoints().GetData()).astype(np.float64)
    corners = vtk_to_numpy(thin.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    nearest = cKDTree(mesh.vertices).query(vertices)[1]
    return only_used(RawMesh(vertices, corners, mesh.color[nearest], mesh.labels[nearest], mesh.weight[nearest]))
