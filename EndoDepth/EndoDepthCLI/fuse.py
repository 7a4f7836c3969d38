"""`endodepth fuse`: one surface of a whole tracked sequence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import option, path, positional, positive_number, repeated, required, share, whole_number

KEEPABLE = ("instruments", "deformed")
DEFAULT_MEMORY_MB = 2000


@dataclass(frozen=True)
class FuseOptions:
    """What `endodepth fuse` is told."""

    results: Path = positional("results folder of 'endodepth reconstruct'", parse=path, metavar="RESULTS")
    tracking: Path = required("folder of 'endodepth track' for these results", parse=path, metavar="TRACKED")
    output: Path = required("folder for the surface; new or empty", parse=path, metavar="DIR")
    voxel: float | None = option(
        "side of a voxel in the unit of the poses (default: what a pixel covers, coarser where frames disagree)",
        parse=positive_number("a length"),
        metavar="L",
    )
    truncation: float | None = option(
        "how far from a surface its distance is kept (default: 4 voxels, or as much as frames disagree)",
        parse=positive_number("a length"),
        metavar="L",
    )
    triangles: int | None = option(
        "thin the surface out to about so many triangles", parse=whole_number(100, "a number of triangles"), metavar="N"
    )
    keep: tuple[str, ...] = repeated(
        f"what is otherwise left out: {' or '.join(KEEPABLE)} (frames that do not fit); may be given twice",
        flag="--keep",
        metavar="WHAT",
    )
    min_confidence: float = option(
        "leave out pixels whose confidence is below this, 0 to 1 (default 0.05)", default=0.05, parse=share, metavar="X"
    )
    memory: int = option(
        f"megabytes that the voxels may take (default {DEFAULT_MEMORY_MB})",
        default=DEFAULT_MEMORY_MB,
        parse=whole_number(1, "a number of megabytes"),
        metavar="MB",
    )


def run(options: FuseOptions) -> None:
    """Fuse, write, and say what came of it."""
    from EndoDepthCLI.job.fusion_job import fuse

    print(fuse(options))


COMMAND = Command("fuse", "one coloured surface of a whole tracked sequence, for 3D Slicer", FuseOptions, run)
