"""`endodepth track`: where the camera was at every frame of a results folder, and depth that agrees over all frames."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import group, option, path, positional, required, whole_number

ENGINES = ("auto", "sfm", "direct")


POSE_FORMATS = ("auto", "tum", "csv", "mha")
POSE_UNITS = ("mm", "m")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a time in seconds")
    return value


@dataclass(frozen=True)
class GivenPoseOptions:
    """Poses of a tracker or robot."""

    poses: Path | None = option(
        "poses of a marker on the endoscope: TUM text or CSV by time, CSV or PLUS sequence metafile (.mha) by frame; "
        "they make everything millimetres",
        parse=path,
        metavar="FILE",
    )
    poses_format: str = option("of that file (default: by its name)", default="auto", choices=POSE_FORMATS)
    poses_transform: str | None = option(
        "which transform of a metafile, like ProbeToTracker, where several move", metavar="NAME"
    )
    poses_unit: str = option("of the positions in the file (default mm)", default="mm", choices=POSE_UNITS)
    poses_start: float = option(
        "what the tracker's clock shows when the video begins, in seconds (default 0)",
        default=0.0,
        parse=_seconds,
        metavar="S",
    )
    hand_eye: Path | None = option(
        "JSON of 4 x 4 numbers, marker_from_camera in mm; without it, it is found from the motion in the pictures",
        parse=path,
        metavar="FILE",
    )


@dataclass(frozen=True)
class TrackOptions:
    """What `endodepth track` is told."""

    results: Path = positional("folder made by 'endodepth reconstruct'", parse=path, metavar="RESULTS")
    output: Path = required("folder for the tracking; new or empty", parse=path, metavar="DIR")
    given: GivenPoseOptions = group("given poses", GivenPoseOptions)
    engine: str = option(
        "sfm: structure from motion; direct: alignment of frames by predicted depth; auto (default): the first, and "
        "the second where that gives nothing",
        default="auto",
        choices=ENGINES,
    )
    threads: int = option(
        "of structure from motion (default: all cores)",
        default=0,
        parse=whole_number(0, "a number of threads"),
        metavar="N",
    )


def run(options: TrackOptions) -> None:
    """Track, write, and say what came of it."""
    from EndoDepthCLI.job.tracking_job import track_results

    print(track_results(options))


COMMAND = Command(
    "track", "camera motion of a results folder, and depth that agrees over its frames", TrackOptions, run
)
