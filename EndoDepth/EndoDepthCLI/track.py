"""`endodepth track`: where the camera was at every frame of a results folder, and depth that agrees over all frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import option, path, positional, required, whole_number

ENGINES = ("auto", "sfm", "direct")


@dataclass(frozen=True)
class TrackOptions:
    """What `endodepth track` is told."""

    results: Path = positional("folder made by 'endodepth reconstruct'", parse=path, metavar="RESULTS")
    output: Path = required("folder for the tracking; new or empty", parse=path, metavar="DIR")
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
