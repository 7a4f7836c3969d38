"""The surface of a whole sequence, with what is known about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.manifest import ResultsSegment
from EndoDepthLib.values import Camera, Scale, Surface


@dataclass(frozen=True)
class FusedSurface:
    """A surface in world axes: those of the first tracked frame's camera (OpenCV, which are LPS directions).

    surface: vertices, triangles, mean colours and voted labels (its pixels are NaN: a vertex is of many frames);
    weights (N,) float32: how much was seen of each vertex (1 = once, facing, at the usual distance, with full
    confidence); segments: what labels 1 .. K are; scale_source: where millimetres come from; camera and
    world_from_camera (4, 4): the lens, and its place in the first frame that was used; report: JSON values of
    fused.json that say how the surface came about. Raises InputError when they disagree.
    """

    surface: Surface
    weights: np.ndarray
    segments: tuple[ResultsSegment, ...]
    scale_source: str
    camera: Camera
    world_from_camera: np.ndarray
    report: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.surface.vertices)
        if self.weights.shape != (count,):
            raise InputError(f"weights are {self.weights.shape}; expected ({count},), one a vertex")
        if self.surface.labels.size and int(self.surface.labels.max()) > len(self.segments):
            raise InputError(f"labels reach {int(self.surface.labels.max())}; only {len(self.segments)} are named")

    @property
    def scale(self) -> Scale:
        """What one unit of length is."""
        return self.surface.scale

    @property
    def names(self) -> tuple[str, ...]:
        """The names of labels 1 .. K."""
        return tuple(segment.name for segment in self.segments)

    def in_millimetres(self, mm_per_unit: float, scale_source: str) -> FusedSurface:
        """The same surface times mm_per_unit (above 0), as millimetres that come from scale_source.

        Lengths in the report are scaled with it. Raises InputError for a factor that is not above 0.
        """
        if not 0 < mm_per_unit < float("inf"):
            raise InputError(f"the scale is {mm_per_unit!r} mm per unit; expected a number above 0")
        pose = self.world_from_camera.copy()
        pose[:3, 3] *= mm_per_unit
        vertices = (self.surface.vertices * np.float32(mm_per_unit)).astype(np.float32)
        return replace(
            self,
            surface=replace(self.surface, vertices=vertices, scale=Scale.METRIC_MM),
            scale_source=scale_source,
            world_from_camera=pose,
            report=_scaled(self.report, mm_per_unit),
        )

    def areas(self) -> np.ndarray:
        """(K + 1,) float64 area of each label, 0 = none of them, in squared units; a triangle is its corners' third."""
        a, b, c = (self.surface.vertices[self.surface.triangles[:, corner]].astype(np.float64) for corner in range(3))
        third = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
        labels = self.surface.labels[self.surface.triangles]
        return np.bincount(labels.ravel(), np.repeat(third, 3), minlength=len(self.segments) + 1)


LENGTHS = ("voxel", "truncation", "median_residual", "rim_length", "hole_lengths", "typical_depth")
"""The entries of a report that are lengths, in the unit of the surface."""


def _scaled(report: dict[str, Any], factor: float) -> dict[str, Any]:
    scaled: dict[str, Any] = {}
    for name, value in report.items():
        if isinstance(value, dict):
            scaled[name] = _scaled(value, factor)
        elif name in LENGTHS and isinstance(value, list):
            scaled[name] = [factor * entry for entry in value]
        elif name in LENGTHS and value is not None:
            scaled[name] = factor * value
        else:
            scaled[name] = value
    return scaled
