"""Distances from what the endoscope saw to the structures in the CT, for planning."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.registration.organ_samples import OrganSamples
from EndoDepthLib.registration.result import Registration


@dataclass(frozen=True)
class StructureDistance:
    """How far something seen is from one structure: the nearest place, with the error of the registration there."""

    seen: str
    structure: str
    nearest_mm: float
    median_mm: float
    nearest_ct_mm: tuple[float, float, float]
    expected_error_mm: float
    bound_90_mm: float


def distances_mm(points_ct: np.ndarray, structure: OrganSurface) -> np.ndarray:
    """(N,) float32: how far places (N, 3) in the CT are from a structure's surface."""
    return OrganSamples(structure).distance_mm(points_ct).astype(np.float32)


def structure_distances(
    registration: Registration, seen_points: Mapping[str, np.ndarray], structures: Sequence[OrganSurface]
) -> list[StructureDistance]:
    """A row for each set of seen points (N, 3), in the unit of the seen surface, and each structure."""
    rows = []
    for structure in structures:
        samples = OrganSamples(structure)
        for name, points in seen_points.items():
            if not len(points):
                continue
            placed = registration.ct_from_surface.apply(points)
            distance = samples.distance_mm(placed)
            nearest = int(distance.argmin())
            place = samples.points[samples.nearest(placed[nearest : nearest + 1])[0]]
            expected, bound = registration.target_error_mm(place[None])
            rows.append(
                StructureDistance(
                    name,
                    structure.name,
                    float(distance[nearest]),
                    float(np.median(distance)),
                    (float(place[0]), float(place[1]), float(place[2])),
                    float(expected[0]),
                    float(bound[0]),
                )
            )
    return rows


def distance_table(rows: Sequence[StructureDistance]) -> str:
    """The rows as CSV text with a header."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        ["seen", "structure", "nearest_mm", "median_mm", "ct_x_mm", "ct_y_mm", "ct_z_mm", "error_mm", "error_90_mm"]
    )
    for row in rows:
        numbers = [row.nearest_mm, row.median_mm, *row.nearest_ct_mm, row.expected_error_mm, row.bound_90_mm]
        table.writerow([row.seen, row.structure, *(f"{number:.2f}" for number in numbers)])
    return text.getvalue()
