"""A tracked sequence becomes one surface for each of its submaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.fusion.blocks import TooManyBlocks
from EndoDepthLib.fusion.frames import TrackedFrames, check_tracked
from EndoDepthLib.fusion.fused_surface import FusedSurface
from EndoDepthLib.fusion.marching import RawMesh, extract
from EndoDepthLib.fusion.needles import NEEDLE, roundness, without_needles
from EndoDepthLib.fusion.settings import FusionSettings
from EndoDepthLib.fusion.submap import FusedSubmap, fuse_rows
from EndoDepthLib.fusion.survey import Survey, survey
from EndoDepthLib.fusion.thinning import decimated, only_used, without_fins, without_islands
from EndoDepthLib.fusion.topology import hole_lengths
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Camera, Surface, TrackedSequence

_COARSER = 1.5
_MOST_HOLES_LISTED = 50


@dataclass(frozen=True)
class FusionOutcome:
    """The surfaces of the submaps, the one with the largest area first; submaps: their numbers, in the same order.

    left_out: (position among the kept frames, reason) of every frame that was tracked and not used. notes: what the
    user should know.
    """

    surfaces: tuple[FusedSurface, ...]
    submaps: tuple[int, ...]
    left_out: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]

    @property
    def largest(self) -> FusedSurface:
        """The surface of the largest submap."""
        return self.surfaces[0]


def fuse_sequence(
    results: ResultsFolder,
    sequence: TrackedSequence,
    camera: Camera | None = None,
    settings: FusionSettings | None = None,
    triangles: int | None = None,
    step: Callable[[], None] = lambda: None,
) -> FusionOutcome:
    """Fuse the tracked frames of a results folder; each submap apart, since their poses have nothing to do with each
    other.

    camera: the one that the poses belong to (default: the results'). triangles: thin every surface out to about so
    many. step is called after each frame. Raises InputError when nothing can be fused, SettingsError when the surface
    needs more memory than allowed and the size of the voxels was given.
    """
    camera = camera or results.camera
    settings = settings or FusionSettings()
    check_tracked(results, sequence, camera)
    frames = TrackedFrames(results, sequence, camera, settings)
    made: list[tuple[int, FusedSurface]] = []
    left_out: dict[int, str] = {}
    notes: list[str] = []
    if not frames.moving and not settings.keep_instruments:
        notes.append("no instruments were asked for in the results, so what moves on its own may be in the surface")
    for submap in np.unique(sequence.submaps).tolist():
        rows = np.flatnonzero(sequence.submaps == submap).tolist()
        try:
            surface, missing, said = _fuse_submap(frames, rows, triangles, step)
        except InputError as error:
            left_out |= {int(sequence.positions[row]): str(error) for row in rows}
            continue
        made.append((submap, surface))
        left_out |= {int(sequence.positions[row]): reason for row, reason in missing.items()}
        notes += said
    if not made:
        raise InputError(f"none of the {len(sequence.positions)} tracked frames could be fused: {_any(left_out)}")
    made.sort(key=lambda entry: -float(entry[1].areas().sum()))
    return FusionOutcome(
        tuple(surface for _, surface in made),
        tuple(submap for submap, _ in made),
        tuple(sorted(left_out.items())),
        tuple(dict.fromkeys(notes)),
    )


def _fuse_submap(
    frames: TrackedFrames, rows: Sequence[int], triangles: int | None, step: Callable[[], None]
) -> tuple[FusedSurface, dict[int, str], list[str]]:
    looked = survey(len(rows), lambda number: frames.observe(rows[number]))
    voxel = looked.voxel(frames.settings)
    notes = []
    while True:
        truncation = looked.truncation(frames.settings, voxel)
        finer = max(1, int(voxel / looked.footprint + 0.01))
        reading = replace(frames, step=finer, typical_depth=looked.typical_depth)
        try:
            fused = fuse_rows(reading, rows, voxel, truncation, frames.settings.max_blocks, step)
            break
        except TooManyBlocks:
            if frames.settings.voxel is not None:
                raise
            voxel *= _COARSER
            notes.append(f"voxels were made coarser ({voxel:.3g}) to stay within {frames.settings.memory_mb} MB")
    mesh = without_fins(without_needles(extract(fused.volume, frames.settings.min_weight)))
    mesh, parts, islands = without_islands(mesh, frames.settings.min_island)
    if not len(mesh.triangles):
        raise InputError("its frames leave no surface: too little of it was seen with confidence")
    if triangles is not None:
        mesh = only_used(without_fins(without_needles(decimated(mesh, triangles))))
    report = _report(fused, looked, mesh, len(rows)) | {"parts": parts, "islands_removed": islands}
    return _surface(frames, fused, mesh, report), fused.left_out, notes


def _surface(frames: TrackedFrames, fused: FusedSubmap, mesh: RawMesh, report: dict[str, Any]) -> FusedSurface:
    count = len(mesh.vertices)
    surface = Surface(
        mesh.vertices.astype(np.float32),
        mesh.triangles.astype(np.int32),
        np.rint(mesh.color).clip(0, 255).astype(np.uint8),
        mesh.labels,
        np.full((count, 2), np.nan, np.float32),
        frames.sequence.scale,
    )
    first = frames.sequence.trajectory.world_from_camera[min(fused.used)]
    segments = frames.results.request.segments
    return FusedSurface(surface, mesh.weight, segments, frames.sequence.scale_source, frames.camera, first, report)


def _report(fused: FusedSubmap, looked: Survey, mesh: RawMesh, given: int) -> dict[str, Any]:
    holes = hole_lengths(mesh.vertices, mesh.triangles)
    quality = roundness(mesh.vertices, mesh.triangles)
    return {
        "frames_given": given,
        "frames_used": len(fused.used),
        "vertices": len(mesh.vertices),
        "triangles": len(mesh.triangles),
        "needles": int((quality < NEEDLE).sum()),
        "holes": max(0, len(holes) - 1),
        "rim_length": float(holes[0]) if len(holes) else 0.0,
        "hole_lengths": [round(float(length), 6) for length in holes[1 : 1 + _MOST_HOLES_LISTED]],
        "voxel": fused.volume.voxel,
        "truncation": fused.volume.truncation,
        "typical_depth": looked.typical_depth,
        "disagreement": looked.disagreement,
        "median_residual": float(np.median(fused.residuals)) if fused.residuals else 0.0,
        "blocks": len(fused.volume.index),
        "memory_mb": round(fused.volume.memory_bytes / 1e6, 1),
    }


def _any(left_out: dict[int, str]) -> str:
    return next(iter(left_out.values()), "no reason known")
