"""An optional bend of the seen surface onto the organ after the registration: gentle, kept apart, and labelled as such.

A smoothing thin-plate spline (Bookstein 1989; Wahba 1990). What it moves is not known to be deformation: predicted
depth bends as well. So it never changes the registration, its transform or its error bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import vertex_areas
from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.errors import RegistrationError, SettingsError
from EndoDepthLib.registration.organ_samples import OrganSamples
from EndoDepthLib.registration.result import Registration
from EndoDepthLib.registration.seen_surface import SeenSurface
from EndoDepthLib.registration.spread import spread_vertices

LABEL = "bent onto the organ by a thin-plate spline; not part of the registration"
_POINTS = 150
_FARTHEST_MM = 5.0


@dataclass(frozen=True)
class ThinPlateBend:
    """vertices (N, 3) in the CT after the bend; moved_mm (N,): how far each went; rms_before_mm, rms_after_mm."""

    vertices: np.ndarray
    moved_mm: np.ndarray
    rms_before_mm: float
    rms_after_mm: float


def bend_onto(
    seen: SeenSurface, organ: OrganSurface, registration: Registration, stiffness: float = 20.0
) -> ThinPlateBend:
    """Bend the registered surface onto the organ; only what lies within 5 mm of it pulls.

    stiffness: above 0; 20 keeps a smooth bend of a few millimetres, 1000 hardly bends. Raises SettingsError for others,
    RegistrationError when too little of the surface lies near the organ.
    """
    from scipy.interpolate import RBFInterpolator

    if not stiffness > 0:
        raise SettingsError(f"stiffness is {stiffness!r}; expected a number above 0")
    samples = OrganSamples(organ)
    placed = registration.ct_from_surface.apply(seen.vertices)
    chosen = spread_vertices(vertex_areas(seen.vertices, seen.triangles), _POINTS)
    place = samples.nearest(placed[chosen])
    normals = samples.normals[place]
    along = np.einsum("ij,ij->i", samples.points[place] - placed[chosen], normals)
    near = np.abs(along) <= _FARTHEST_MM
    if near.sum() < 10:
        raise RegistrationError("too little of the surface lies near the organ to bend it; register it first")
    shift = along[near, None] * normals[near]
    spline = RBFInterpolator(placed[chosen][near], shift, kernel="thin_plate_spline", smoothing=stiffness, degree=1)
    moved = spline(placed)
    bent = placed + moved
    before, after = (_rms(samples.distance_mm(points)) for points in (placed, bent))
    return ThinPlateBend(bent, np.linalg.norm(moved, axis=1), before, after)


def _rms(distance: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(distance[distance <= _FARTHEST_MM]))))
