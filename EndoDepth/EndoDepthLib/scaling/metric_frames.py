"""A results or tracked folder written once more, in millimetres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from EndoDepthLib.results import ResultsFolder, ResultsWriter
from EndoDepthLib.scaling.estimate import ScaleEstimate, UnitScale
from EndoDepthLib.scaling.scale_file import scale_to_json
from EndoDepthLib.tracking import TrackedFolder
from EndoDepthLib.values import DepthMap, Scale, Surface, TrackedSequence, Trajectory


def write_metric_results(
    results: ResultsFolder, estimate: ScaleEstimate, folder: Path, step: Callable[[], None] = lambda: None
) -> tuple[int, ...]:
    """Write the frames that have a scale into a new folder, in millimetres; returns the positions left out.

    Frames keep their numbers in the source; request, surfaces and manifest name the scale's source. `step` is called
    after each frame. Raises OutputError when the folder is not empty or the disk cannot take it.
    """
    request = replace(
        results.request,
        scale=Scale.METRIC_MM,
        scale_source=estimate.scale_source,
        settings={**results.request.settings, "scale": scale_to_json(estimate)},
    )
    writer = ResultsWriter.create(folder, request, results.content)
    left_out = []
    for position in range(len(results)):
        unit = estimate.unit_of(position)
        if unit is None:
            left_out.append(position)
        else:
            surface = results.surface(position)
            writer.write_frame(
                writer.next_position,
                results.frame(position),
                _depth_mm(results.depth(position), unit, estimate.scale_source),
                results.labels(position),
                None if surface is None else _surface_mm(surface, unit),
                results.validity(position),
            )
        step()
    writer.finish()
    return tuple(left_out)


def tracked_in_mm(tracked: TrackedFolder, estimate: ScaleEstimate) -> TrackedFolder:
    """The tracked folder in millimetres; frames of submaps without a scale are lost, with that as the reason."""
    sequence = tracked.sequence
    units = [estimate.unit_of(int(position)) for position in sequence.positions]
    kept = np.array([unit is not None for unit in units], bool)
    factors = np.array([unit.mm_per_unit for unit in units if unit is not None])
    poses = sequence.trajectory.world_from_camera[kept].copy()
    poses[:, :3, 3] *= factors[:, None]
    reason = f"its submap has no scale from {estimate.source}"
    lost = [*sequence.lost, *((int(position), reason) for position in sequence.positions[~kept])]
    metric = TrackedSequence(
        Trajectory(poses, sequence.trajectory.frame_indices[kept]),
        sequence.positions[kept],
        sequence.submaps[kept],
        tuple(method for method, keep in zip(sequence.methods, kept, strict=True) if keep),
        sequence.disparity_scale[kept] / factors,
        sequence.disparity_shift[kept] / factors,
        tuple(sorted(lost)),
        Scale.METRIC_MM,
        estimate.scale_source,
    )
    settings = {**tracked.settings, "scale": scale_to_json(estimate)}
    return replace(tracked, sequence=metric, times_s=tracked.times_s[kept], settings=settings)


def _depth_mm(depth: DepthMap, unit: UnitScale, source: str) -> DepthMap:
    scaled = depth.depth * np.float32(unit.mm_per_unit)
    return replace(depth, depth=scaled, scale=Scale.METRIC_MM, scale_source=source)


def _surface_mm(surface: Surface, unit: UnitScale) -> Surface:
    return replace(surface, vertices=surface.vertices * np.float32(unit.mm_per_unit), scale=Scale.METRIC_MM)
