"""The nearest place on an organ's surface, found among many samples of it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from EndoDepthLib.anatomy.mesh_measures import surface_samples, triangle_areas
from EndoDepthLib.anatomy.organ_surface import OrganSurface

_SPACING_MM = 1.5
_FEWEST, _MOST = 4_000, 60_000


class OrganSamples:
    """Samples of an organ's surface about 1.5 mm apart: points (P, 3), outward normals (P, 3), and a search tree."""

    def __init__(self, organ: OrganSurface) -> None:
        self.organ = organ
        self.area_mm2 = float(triangle_areas(organ.vertices, organ.triangles).sum())
        count = int(np.clip(self.area_mm2 / _SPACING_MM**2, _FEWEST, _MOST))
        self.points, self.normals = surface_samples(organ.vertices, organ.triangles, organ.normals, count)
        self._tree = cKDTree(self.points)

    def nearest(self, points: np.ndarray) -> np.ndarray:
        """(N,) numbers of the nearest samples of points (N, 3)."""
        found: np.ndarray = self._tree.query(points)[1]
        return found

    def distance_mm(self, points: np.ndarray) -> np.ndarray:
        """(N,) how far points (N, 3) are from the surface, without sign: to the tangent plane of the nearest sample.

        Beyond the surface's edge, and far from it, the distance to the sample itself.
        """
        place = self.nearest(points)
        offset = points - self.points[place]
        straight = np.linalg.norm(offset, axis=1)
        plane = np.abs(np.einsum("ij,ij->i", offset, self.normals[place]))
        sideways = np.sqrt(np.maximum(straight**2 - plane**2, 0))
        return np.where(sideways <= 2 * _SPACING_MM, plane, straight)
