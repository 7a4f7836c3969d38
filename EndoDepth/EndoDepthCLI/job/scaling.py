"""A scale found as a job: everything checked first, then measured, written and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from EndoDepthCLI.job.fusion_job import write_fused
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_disk, check_output, discard_on_failure
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.scaling_sources import check_one_source, measure_frames, measure_surface
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.scale import ScaleOptions
from EndoDepthLib.fusion import FusedSurface
from EndoDepthLib.fusion.fused_folder import FUSED
from EndoDepthLib.results import make_folder
from EndoDepthLib.scaling import (
    FramesInUnits,
    ScaleEstimate,
    open_frames,
    save_scale,
    tracked_in_mm,
    write_metric_results,
)
from EndoDepthLib.scaling.scale_file import SCALE_FILE, scale_to_json
from EndoDepthLib.scaling.surface_sources import open_surface
from EndoDepthLib.tracking import save_tracked

_SHOWN = 8


def find_scale(options: ScaleOptions) -> None:
    """Check, measure, write, print. Raises an EndoDepthError for what cannot be used."""
    check_one_source(options.source)
    check_output(OutputOptions(output=options.output), can_resume=False)
    messages = Messages()
    frames: FramesInUnits | FusedSurface
    if (options.folder / FUSED).is_file():
        frames = open_surface(options.folder)
        estimate = measure_surface(frames, options.source)
    else:
        frames = open_frames(options.folder)
        estimate = measure_frames(frames, options.source)
    messages.warn_all(estimate.warnings)
    with discard_on_failure(options.output, options.output / SCALE_FILE):
        make_folder(options.output)
        if options.apply:
            _apply(frames, estimate, options.output, messages)
        save_scale(options.output, estimate)
    print("\n".join([str(options.output), *_sentences(frames, estimate)]))


def _apply(frames: FramesInUnits | FusedSurface, estimate: ScaleEstimate, folder: Path, messages: Messages) -> None:
    if isinstance(frames, FusedSurface):
        assert estimate.only is not None  # a surface has one unit
        metric_surface = frames.in_millimetres(estimate.only.mm_per_unit, estimate.scale_source)
        write_fused(
            folder,
            replace(metric_surface, report={**metric_surface.report, "scale": scale_to_json(estimate)}),
            "surface",
        )
        return
    if frames.tracked is not None:
        metric = tracked_in_mm(frames.tracked, estimate)
        save_tracked(folder, metric)
        dropped = len(frames.tracked.sequence.positions) - len(metric.sequence.positions)
        if dropped:
            messages.warn(f"{dropped} tracked frames are in submaps without a scale; they are left out")
        return
    check_disk(folder, sum(path.stat().st_size for path in frames.results.folder.rglob("*") if path.is_file()))
    with Progress("writing millimetres", len(frames.results)) as progress:
        left_out = write_metric_results(frames.results, estimate, folder, progress.step)
    if left_out:
        messages.warn(
            f"{len(left_out)} of {len(frames.results)} frames have no scale from {estimate.source} and are left out; "
            "'endodepth track' brings all frames to one unit"
        )


def _sentences(frames: FramesInUnits | FusedSurface, estimate: ScaleEstimate) -> list[str]:
    lines = [f"from {estimate.source}: {estimate.how}"]
    for unit in estimate.units[:_SHOWN]:
        measured = f"{unit.used} measurement{'s' if unit.used != 1 else ''}"
        left_out = f", {unit.left_out} left out" if unit.left_out else ""
        lines.append(f"{unit.text()}, {_where(unit.positions)}, from {measured}{left_out}")
    if len(estimate.units) > _SHOWN:
        lines.append(f"... {len(estimate.units) - _SHOWN} more in {SCALE_FILE}")
    if estimate.kind == "results":
        lines.append("each frame has a unit of its own: a scale holds for the frame it was measured in, and no other")
    return lines


def _where(positions: tuple[int, ...]) -> str:
    if len(positions) == 1:
        return f"frame {positions[0]}"
    return f"{len(positions)} frames {positions[0]} to {positions[-1]}" if positions else "the surface"
