"""`endodepth segment`: the named structures of every kept frame as label maps."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, PromptOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.options import group


@dataclass(frozen=True)
class SegmentOptions:
    """What `endodepth segment` is told; without a prompt every class of the weights is marked."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: OutputOptions = group("output", OutputOptions)
    prompting: PromptOptions = group("structures (default: all that the weights were taught)", PromptOptions)
    lens: CameraOptions = group("camera (only --undistort needs one)", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)


def run(options: SegmentOptions) -> None:
    """Write the label maps and say where they are."""
    from EndoDepthCLI.job.flat_job import FlatTask, write_segmentation

    folder, frames = write_segmentation(
        FlatTask(options.reading, options.lens, options.weights, options.output, options.prompting.prompts)
    )
    print(f"{frames} label maps and labels.json, which says what their values mean, in {folder}")


COMMAND = Command("segment", "named structures of every kept frame as 000000.png, and labels.json", SegmentOptions, run)
