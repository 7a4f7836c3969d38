"""The side of an organ that can be seen from somewhere, as a surgeon would."""

from __future__ import annotations

from typing import Any

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import triangle_normals
from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.anatomy.poly_data import to_poly_data
from EndoDepthLib.errors import RegistrationError, SettingsError

DIRECTIONS = {
    "left": (1.0, 0.0, 0.0),
    "right": (-1.0, 0.0, 0.0),
    "posterior": (0.0, 1.0, 0.0),
    "anterior": (0.0, -1.0, 0.0),
    "superior": (0.0, 0.0, 1.0),
    "inferior": (0.0, 0.0, -1.0),
}
"""Where a surgeon may look from: directions in LPS, from the organ to the eye."""


def viewpoint_of(organ: OrganSurface, direction: str, distance_mm: float = 400.0) -> np.ndarray:
    """(3,) LPS millimetres: this far from the organ's middle in a named direction. Raises SettingsError for others."""
    if direction not in DIRECTIONS:
        raise SettingsError(f"view is '{direction}'; expected one of {', '.join(DIRECTIONS)}")
    return organ.vertices.mean(axis=0) + distance_mm * np.array(DIRECTIONS[direction])


def visible_vertices(organ: OrganSurface, viewpoint_mm: np.ndarray) -> np.ndarray:
    """(N,) bool: whose line to the viewpoint (3,) leaves the organ at once and meets nothing of it."""
    from vtkmodules.vtkCommonCore import reference
    from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

    locator: Any = vtkStaticCellLocator()
    locator.SetDataSet(to_poly_data(organ.vertices, organ.triangles))
    locator.BuildLocator()
    towards = viewpoint_mm - organ.vertices
    distance = np.linalg.norm(towards, axis=1, keepdims=True)
    visible = np.einsum("ij,ij->i", towards, organ.normals) > 0
    lift = 0.005 * float(np.linalg.norm(np.ptp(organ.vertices, axis=0)))  # clear of the triangles around the vertex
    starts = organ.vertices + lift * towards / np.maximum(distance, 1e-9)
    t, cell, sub, hit, place = reference(0.0), reference(0), reference(0), [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
    for number in np.flatnonzero(visible):
        visible[number] = not locator.IntersectWithLine(starts[number], viewpoint_mm, 1e-6, t, hit, place, sub, cell)
    return visible


def visible_side(organ: OrganSurface, viewpoint_mm: np.ndarray) -> OrganSurface:
    """What of the organ is seen from the viewpoint (3,) in LPS millimetres: hidden and averted triangles are gone.

    Raises RegistrationError when nothing is seen (the viewpoint lies inside the organ).
    """
    viewpoint_mm = np.asarray(viewpoint_mm, np.float64)
    seen = visible_vertices(organ, viewpoint_mm)[organ.triangles].all(axis=1)
    normals = triangle_normals(organ.vertices, organ.triangles)
    seen &= np.einsum("ij,ij->i", viewpoint_mm - organ.vertices[organ.triangles[:, 0]], normals) > 0
    if not seen.any():
        raise RegistrationError(
            f"nothing of '{organ.name}' is seen from {viewpoint_mm.round().tolist()}: look from outside"
        )
    triangles = organ.triangles[seen]
    used, renumbered = np.unique(triangles, return_inverse=True)
    return OrganSurface(organ.vertices[used], renumbered.reshape(-1, 3).astype(np.int32), organ.name)
