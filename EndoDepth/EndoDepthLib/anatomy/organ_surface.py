"""The surface of an organ in CT coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import is_closed, signed_volume, vertex_normals
from EndoDepthLib.errors import InputError

SMALLEST_MM, LARGEST_MM = 4.0, 2000.0
"""Diagonals that a surface in millimetres can have: a small tumour, a whole body."""
_FLAT_SHARE = 0.01
_FEWEST_TRIANGLES = 20


@dataclass(frozen=True)
class OrganSurface:
    """Vertices (N, 3) float64 in LPS millimetres, triangles (M, 3) int32 that are seen counter-clockwise from outside.

    normals (N, 3) float64, unit length, pointing out; they are computed. name: what is shown, never a DICOM identifier.
    A closed mesh whose triangles are turned inside out is turned. Raises InputError for a surface that is empty, flat,
    not finite, or of a size that no organ has in millimetres.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    name: str = "organ"
    normals: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        vertices = np.ascontiguousarray(self.vertices, np.float64)
        triangles = np.ascontiguousarray(self.triangles, np.int32)
        check_mesh(vertices, triangles, f"the surface of '{self.name}'")
        check_millimetres(vertices, f"the surface of '{self.name}'")
        if is_closed(triangles) and signed_volume(vertices, triangles) < 0:
            triangles = np.ascontiguousarray(triangles[:, ::-1])
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "triangles", triangles)
        object.__setattr__(self, "normals", vertex_normals(vertices, triangles))


def check_mesh(vertices: np.ndarray, triangles: np.ndarray, what: str) -> None:
    """Raise InputError when this is no mesh that can be registered: empty, tiny, flat, not finite."""
    if vertices.ndim != 2 or vertices.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
        raise InputError(f"{what} is {vertices.shape} vertices, {triangles.shape} triangles; expected (N, 3), (M, 3)")
    if len(triangles) < _FEWEST_TRIANGLES:
        kind = "empty" if not len(triangles) else f"of {len(triangles)} triangles"
        raise InputError(f"{what} is {kind}; expected at least {_FEWEST_TRIANGLES} triangles: choose another surface")
    if not 0 <= int(triangles.min()) <= int(triangles.max()) < len(vertices):
        raise InputError(f"{what} has a triangle that names a vertex outside 0..{len(vertices) - 1}; export it again")
    used = vertices[np.unique(triangles)]
    if not np.all(np.isfinite(used)):
        raise InputError(f"{what} has coordinates that are not finite; export it again")
    spread = np.linalg.svd(used - used.mean(axis=0), compute_uv=False)
    if spread[0] == 0 or spread[2] < _FLAT_SHARE * spread[0]:
        raise InputError(
            f"{what} is flat (its thickness is {100 * spread[2] / max(spread[0], 1e-300):.1f} % of its length): "
            "it fits in many places alike; choose a larger, curved part"
        )


def check_millimetres(vertices: np.ndarray, what: str) -> None:
    """Raise InputError when the size is none that an organ has in millimetres."""
    diagonal = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    if not SMALLEST_MM <= diagonal <= LARGEST_MM:
        likely = " (it looks like metres: export it in millimetres)" if 0.02 <= diagonal <= 2.0 else ""
        raise InputError(
            f"{what} has a diagonal of {diagonal:.3g}; expected {SMALLEST_MM:.0f} to {LARGEST_MM:.0f} millimetres"
            + likely
        )
