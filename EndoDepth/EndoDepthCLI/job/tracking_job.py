"""Tracking as a job: everything checked first, progress told, files written whole, what came of it in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from EndoDepthCLI.job.measurement import StageClock, peak_memory_bytes
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_output, discard_on_failure
from EndoDepthCLI.job.stages import Stages
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.track import GivenPoseOptions, TrackOptions
from EndoDepthCLI.versions import package_versions, program_version
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.results import ResultsFolder, atomic_write
from EndoDepthLib.tracking import Given, Tracked, read_given_poses, read_hand_eye, save_tracked, track
from EndoDepthLib.tracking.structure import SETTINGS
from EndoDepthLib.tracking.tracked_folder import REPORT, TRACKING
from EndoDepthLib.values import Scale

_SCHEMA, _VERSION = "endodepth-tracking-report", 1


def track_results(options: TrackOptions) -> str:
    """Track a results folder into a new one; says what came of it. Raises an EndoDepthError for what is unusable."""
    check_output(OutputOptions(output=options.output), can_resume=False)
    results, messages, clock = ResultsFolder.open(options.results), Messages(), StageClock()
    given = _given(options.given, results)
    with clock.stage("track"), Stages() as stages:
        tracked = track(results, options.engine, replace(SETTINGS, threads=options.threads), given, stages.at)
    messages.warn_all(tracked.warnings)
    with discard_on_failure(options.output, options.output / TRACKING):
        save_tracked(options.output, tracked.folder)
        _write_report(options.output / REPORT, tracked, clock)
    return "\n".join([str(options.output), *describe(tracked)])


def _given(options: GivenPoseOptions, results: ResultsFolder) -> Given | None:
    if options.poses is None:
        if options.hand_eye is not None:
            raise SettingsError("--hand-eye says where the camera sits on a tracked marker; give its --poses too")
        return None
    marker_from_camera = None if options.hand_eye is None else read_hand_eye(options.hand_eye)
    poses = read_given_poses(options.poses, options.poses_format, options.poses_transform, options.poses_unit)
    return Given(poses.of_frames(results, options.poses_start), marker_from_camera)


def describe(tracked: Tracked) -> list[str]:
    """What was found, in sentences for people."""
    figures, sequence = tracked.figures, tracked.folder.sequence
    methods = ", ".join(f"{count} by {name}" for name, count in figures["methods"].items())
    submaps = "one submap" if figures["submaps"] == 1 else f"{figures['submaps']} submaps"
    lines = [f"{figures['tracked']} of {figures['frames']} frames tracked in {submaps}: {methods}"]
    before, after = figures["depth_disagreement"]["before"], figures["depth_disagreement"]["after"]
    if before is not None and after is not None:
        lines.append(f"depth of overlapping frames differs by {after:.1%} in the median ({before:.1%} before)")
    unit = f"millimetres ({sequence.scale_source})" if sequence.scale is Scale.METRIC_MM else "up to scale"
    lines.append(f"scale: {unit}")
    return lines


def _write_report(path: Path, tracked: Tracked, clock: StageClock) -> None:
    sequence = tracked.folder.sequence
    content = {
        "schema": _SCHEMA,
        "version": _VERSION,
        "program": {"endodepth": program_version(), **package_versions()},
        "results_sha256": tracked.folder.results_sha256,
        "settings": tracked.folder.settings,
        "scale": {"kind": sequence.scale.value, "source": sequence.scale_source},
        **tracked.figures,
        "warnings": list(tracked.warnings),
        "timing": {"stages_s": clock.seconds(), "peak_memory_bytes": peak_memory_bytes()},
    }
    atomic_write(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
