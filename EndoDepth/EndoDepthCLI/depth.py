"""`endodepth depth`: the depth of every kept frame as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.options import group


@dataclass(frozen=True)
class DepthOptions:
    """What `endodepth depth` is told."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: OutputOptions = group("output", OutputOptions)
    lens: CameraOptions = group("camera", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)


def run(options: DepthOptions) -> None:
    """Write the arrays and say where they are."""
    from EndoDepthCLI.job.flat_job import FlatTask, write_depth

    folder, frames = write_depth(FlatTask(options.reading, options.lens, options.weights, options.output))
    print(f"{frames} depth maps (float32, NaN = invalid, up to scale: not millimetres) and camera.json in {folder}")


COMMAND = Command("depth", "depth of every kept frame as 000000.npy, and camera.json", DepthOptions, run)
