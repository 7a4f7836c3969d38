"""Fusion as a job: results and tracking in, a fused folder with scene and views out."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from EndoDepthCLI.fuse import KEEPABLE, FuseOptions
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_disk, check_output, discard_on_failure
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.versions import program_version
from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.fusion import FusedSurface, FusionOutcome, FusionSettings, fuse_sequence, save_fused
from EndoDepthLib.fusion.fused_folder import FUSED, SCENE, SURFACE, VIEWS
from EndoDepthLib.results import ResultsFolder, atomic_write, make_folder
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.tracking import open_tracked
from EndoDepthLib.tracking.tracked_folder import manifest_sha256
from EndoDepthLib.values import Scale

_SUBMAPS = "submaps"
_BYTES_PER_VERTEX = 300  # in all formats and the scene together


def fuse(options: FuseOptions) -> str:
    """Check, fuse, write; returns what was made, in words. Raises an EndoDepthError for what the user can mend."""
    unknown = [what for what in options.keep if what not in KEEPABLE]
    if unknown:
        raise SettingsError(f"--keep is '{unknown[0]}'; expected {' or '.join(KEEPABLE)}")
    check_output(OutputOptions(output=options.output), can_resume=False)
    results = ResultsFolder.open(options.results)
    tracked = open_tracked(options.tracking)
    if manifest_sha256(options.results) != tracked.results_sha256:
        raise InputError(
            f"'{options.tracking}' was made from other results than '{options.results}' (or they have changed since); "
            "give the results that were tracked, or run 'endodepth track' again"
        )
    settings = FusionSettings(
        options.voxel,
        options.truncation,
        options.memory,
        "instruments" in options.keep,
        options.min_confidence,
        "deformed" not in options.keep,
    )
    messages = Messages()
    with Progress("fusing", len(tracked.sequence.positions)) as progress:
        outcome = fuse_sequence(results, tracked.sequence, tracked.camera, settings, options.triangles, progress.step)
    messages.warn_all(outcome.notes)
    if outcome.left_out:
        position, reason = outcome.left_out[0]
        messages.warn(f"{len(outcome.left_out)} frames were left out, as frame {position}: {reason}")
    check_disk(options.output, _BYTES_PER_VERTEX * sum(len(s.surface.vertices) for s in outcome.surfaces))
    with discard_on_failure(options.output, options.output / FUSED):
        fused = write_fused_outcome(options, results, outcome, messages.warnings)
    return _describe(options.output, fused, outcome)


def write_fused(folder: Path, fused: FusedSurface, name: str) -> None:
    """Write a fused folder: the surface in all formats, scene.mrb and views.png; fused.json is last.

    Raises OutputError when that is not possible.
    """
    from EndoDepthLib.fusion.views import draw_views
    from EndoDepthScene.fused import build_fused_scene

    make_folder(folder)
    with Progress("scene and views", 3, "step") as progress:
        build_fused_scene(fused, folder / SCENE, name)
        progress.step()
        atomic_write(folder / VIEWS, encode_image(draw_views(fused)))
        progress.step()
        save_fused(folder, fused)
        progress.step()


def write_fused_outcome(
    options: FuseOptions, results: ResultsFolder, outcome: FusionOutcome, warnings: tuple[str, ...]
) -> FusedSurface:
    """Write the largest surface, and those of the other submaps below it; returns the largest with its full report."""
    made: dict[str, Any] = {
        "program": f"endodepth {program_version()}",
        "results": _path_from(options.output, options.results),
        "results_sha256": manifest_sha256(options.results),
        "tracking": _path_from(options.output, options.tracking),
        "left_out": [{"position": position, "reason": reason} for position, reason in outcome.left_out],
        "submaps": [
            {"submap": number, "folder": "." if place == 0 else f"{_SUBMAPS}/{number:03d}"} | _counts(surface)
            for place, (number, surface) in enumerate(zip(outcome.submaps, outcome.surfaces, strict=True))
        ],
        "warnings": list(warnings),
    }
    name = Path(results.request.input.source).stem or "sequence"
    for number, surface in zip(outcome.submaps[1:], outcome.surfaces[1:], strict=True):
        save_fused(options.output / _SUBMAPS / f"{number:03d}", surface)
    largest = replace(outcome.largest, report={**outcome.largest.report, **made})
    try:
        write_fused(options.output, largest, name)
    except BaseException:
        shutil.rmtree(options.output / _SUBMAPS, ignore_errors=True)
        raise
    return largest


def _counts(surface: FusedSurface) -> dict[str, Any]:
    names = ("frames_given", "frames_used", "vertices", "triangles", "holes")
    return {name: surface.report[name] for name in names} | {"area": float(surface.areas().sum())}


def _path_from(folder: Path, other: Path) -> str:
    """A folder as seen from another one, so that both can be moved together; absolute across drives."""
    try:
        return Path(os.path.relpath(other.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return other.resolve().as_posix()


def _describe(folder: Path, fused: FusedSurface, outcome: FusionOutcome) -> str:
    report = fused.report
    unit = "mm" if fused.scale is Scale.METRIC_MM else "units (up to scale, not millimetres)"
    others = len(outcome.surfaces) - 1
    parts = [
        f"{report['frames_used']} of {report['frames_given']} frames in one surface: "
        f"{report['triangles']} triangles, {report['holes']} holes, voxels of {report['voxel']:.3g} {unit}",
        f"  {folder / SCENE}: open it in 3D Slicer (drag it into the window)",
        f"  {folder / VIEWS}: look at this first",
        f"  {folder / SURFACE}.ply .vtp .obj .stl: the surface, in LPS; {FUSED}: figures, frames left out",
    ]
    if others:
        parts.append(f"  {others} smaller surfaces of other submaps in {folder / _SUBMAPS}")
    return "\n".join(parts)
