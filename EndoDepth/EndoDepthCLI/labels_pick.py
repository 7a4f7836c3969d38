"""`endodepth labels pick`: frames worth annotating, as different from each other as the recording has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import ReadingOptions
from EndoDepthCLI.options import group, option, path, required, whole_number


@dataclass(frozen=True)
class PickOptions:
    """What `endodepth labels pick` is told."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: Path = required("folder for the pictures; what is in it stays", parse=path, metavar="DIR")
    frames: int = option(
        "how many frames (default 10)", default=10, parse=whole_number(1, "a number of frames"), metavar="N"
    )


def run(options: PickOptions) -> None:
    """Write the pictures and say how many they are."""
    from EndoDepthCLI.job.picking import pick_frames

    names = pick_frames(options.reading, options.output, options.frames)
    print(f"{len(names)} frames in {options.output}, the first is {names[0]}")


COMMAND = Command("pick", "frames worth annotating: few, and spread over time and appearance", PickOptions, run)
