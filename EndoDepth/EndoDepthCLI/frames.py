"""`endodepth frames`: the decoded frames of an input as pictures, with their times."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import OutputOptions, ReadingOptions
from EndoDepthCLI.options import group


@dataclass(frozen=True)
class FramesOptions:
    """What `endodepth frames` is told."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: OutputOptions = group("output", OutputOptions)


def run(options: FramesOptions) -> None:
    """Write the pictures and say where they are."""
    from EndoDepthCLI.job.frames_job import write_frames

    frames = write_frames(options.reading, options.output)
    print(f"{len(frames)} pictures (8-bit RGB) in {frames.folder / 'frames'}, their times in frames.json")


COMMAND = Command("frames", "kept frames, unchanged, as frames/000000.png, and their times", FramesOptions, run)
