"""The part of an organ that the endoscope saw, in the unit and axes of its reconstruction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import vertex_normals
from EndoDepthLib.anatomy.organ_surface import check_mesh
from EndoDepthLib.errors import InputError


@dataclass(frozen=True)
class SeenSurface:
    """Vertices (N, 3) float64 and triangles (M, 3) int32, seen counter-clockwise from the camera; any unit.

    confidence (N,) float64 in [0, 1] weighs the vertices (1 when nothing is known). is_metric: whether the unit is
    known to be millimetres. normals (N, 3), towards the camera, are computed. Raises InputError for surfaces that are
    empty, tiny, flat, or disagree with their confidence.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    confidence: np.ndarray | None = None
    is_metric: bool = False
    normals: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        vertices = np.ascontiguousarray(self.vertices, np.float64)
        triangles = np.ascontiguousarray(self.triangles, np.int32)
        check_mesh(vertices, triangles, "the seen surface")
        confidence = np.asarray(1.0 if self.confidence is None else self.confidence, np.float64)
        confidence = np.broadcast_to(confidence, (len(vertices),)) if self.confidence is None else confidence
        if confidence.shape != (len(vertices),) or not np.all((confidence >= 0) & (confidence <= 1)):
            raise InputError(
                f"confidence is {confidence.shape} of {np.nanmin(confidence):.2g} to {np.nanmax(confidence):.2g}; "
                f"expected ({len(vertices)},) from 0 to 1"
            )
        for name, value in (("vertices", vertices), ("triangles", triangles), ("confidence", confidence)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "normals", vertex_normals(vertices, triangles))

    @property
    def weights(self) -> np.ndarray:
        """(N,) the confidence, which always is there once the value is made."""
        assert self.confidence is not None
        return self.confidence

    @classmethod
    def of(cls, surface: Any) -> SeenSurface:
        """Any value with vertices and triangles (Surface, fused surface): confidence and scale where it has them."""
        if isinstance(surface, cls):
            return surface
        from EndoDepthLib.values import Scale

        is_metric = getattr(surface, "scale", None) is Scale.METRIC_MM
        mesh = getattr(surface, "surface", surface)  # a fused surface holds one
        weights = getattr(surface, "weights", None)
        # Seen once, facing and with full confidence is 1; more than that is as good.
        confidence = getattr(surface, "confidence", None if weights is None else np.clip(weights, 0.0, 1.0))
        return cls(mesh.vertices, mesh.triangles, confidence, is_metric)
