"""`endodepth adapt`: the weights fine-tuned on one video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import CameraOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.options import group, option, path, required, whole_number

DEFAULT_MINUTES = 18


@dataclass(frozen=True)
class AdaptOptions:
    """What `endodepth adapt` is told."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: Path = required(
        "file for the weights (.safetensors); card, figures and a picture of before and after go beside it",
        parse=path,
        metavar="FILE",
    )
    lens: CameraOptions = group("camera", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)
    minutes: int = option(
        f"how long it may take in all, about (default {DEFAULT_MINUTES})",
        default=DEFAULT_MINUTES,
        parse=whole_number(1, "a number of minutes"),
        metavar="N",
    )
    steps: int | None = option(
        "learn for so many steps, however long they take: the same weights every time",
        parse=whole_number(1, "a number of steps"),
        metavar="N",
    )
    seed: int = option("of what is drawn by chance (default 0)", default=0, parse=whole_number(0), metavar="S")
    work: Path | None = option(
        "folder of what is found and learned on the way; a run that was ended early goes on there "
        "(default: FILE without its ending, and '-work')",
        parse=path,
        metavar="DIR",
    )


def run(options: AdaptOptions) -> None:
    """Adapt, and say what came of it."""
    from EndoDepthCLI.job.training import training_library

    with training_library():
        from EndoDepthCLI.job.adaptation import adapt_to_video

        adapt_to_video(options)


COMMAND = Command(
    "adapt", "fine-tune the weights on one video (needs the extra 'train')", AdaptOptions, run, goes_on=True
)
