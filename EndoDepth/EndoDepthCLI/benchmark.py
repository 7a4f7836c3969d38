"""`endodepth benchmark`: how fast this machine is, stage by stage, beside a known network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthCLI.options import group, option, path, required, whole_number


@dataclass(frozen=True)
class BenchmarkOptions:
    """What `endodepth benchmark` is told."""

    output: Path = required("folder for speed.json and speed.png; new or empty", parse=path, metavar="DIR")
    weights: WeightOptions = group("weights", WeightOptions)
    input: Path | None = option("a video (default: one of 1280x720 pixels is made up)", parse=path, metavar="VIDEO")
    turns: int = option(
        "how often everything is measured (default 9)", default=9, parse=whole_number(1, "a number of turns")
    )
    frames: int = option(
        "frames of the whole job in each turn (default 12)", default=12, parse=whole_number(2, "a number of frames")
    )


def run(options: BenchmarkOptions) -> None:
    """Measure, write and print."""
    from EndoDepthCLI.job.speed import measure_speed

    print(measure_speed(options.output, options.input, options.turns, options.frames, options.weights))


COMMAND = Command(
    "benchmark", "speed on this machine, stage by stage, beside a plain Monodepth2 forward", BenchmarkOptions, run
)
