"""`endodepth train depth`: stage 2, depth from plain videos without any truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.job.training import TrainingProgress, training_library
from EndoDepthCLI.option_groups import TrainingOptions
from EndoDepthCLI.options import degrees_of_view, group, option, path, several, switch, whole_number


@dataclass(frozen=True)
class VideoCameraOptions:
    """The camera of the videos."""

    camera: Path | None = option(
        "camera JSON of OpenCV quantities, for all videos; see 'endodepth depth'", parse=path, metavar="FILE"
    )
    fov: float | None = option(
        "diagonal field of view in degrees; without it and --camera the focal length is learned",
        parse=degrees_of_view,
        metavar="DEG",
    )


@dataclass(frozen=True)
class TrainDepthOptions:
    """What `endodepth train depth` is told."""

    videos: tuple[str, ...] = several(
        "a video, a folder of images that follow one another, or NAME=FOLDER or NAME:SPLIT=FOLDER of a data set that "
        "'endodepth dataset list' names",
        metavar="VIDEO",
    )
    training: TrainingOptions = group("training", TrainingOptions)
    lens: VideoCameraOptions = group("camera", VideoCameraOptions)
    start_weights: str = option(
        "what to start from: an identifier from 'endodepth models', a .safetensors file such as stage 1 leaves, "
        "'imagenet' or 'random' (default: the shipped weights)",
        default="default",
        metavar="ID|FILE",
    )
    structures: str | None = option(
        "weights that mark structures and instruments (default: the start weights, or else the shipped ones)",
        metavar="ID|FILE",
    )
    no_semantic_guidance: bool = switch("do not ask for smooth depth inside structures (the loss L_s)")
    no_brightness_calibration: bool = switch("do without optical and appearance flow: faster, for steady light")
    stride: int | None = option(
        "frames between neighbours (default: from the measured motion)",
        parse=whole_number(1, "a number of frames"),
        metavar="N",
    )
    batch: int = option(
        "frames a step (default 8)", default=8, parse=whole_number(1, "a number of frames"), metavar="N"
    )
    pixels: int | None = option(
        "of the pictures that are learned from, width times height (default: those of the start weights)",
        parse=whole_number(1024, "a number of pixels"),
        metavar="N",
    )


def run(options: TrainDepthOptions) -> None:
    """Train and say what came out."""
    training = options.training
    with training_library(), TrainingProgress() as progress:
        from EndoDepthTrainingLib.recipes.depth_weights import (
            DEFAULT_STEPS,
            WEIGHTS_FILE,
            DepthSettings,
            train_depth_weights,
        )

        settings = DepthSettings(
            options.videos,
            options.lens.camera,
            options.lens.fov,
            options.start_weights,
            options.structures,
            not options.no_semantic_guidance,
            not options.no_brightness_calibration,
            options.stride,
            training.steps or DEFAULT_STEPS,
            options.batch,
            training.seed,
            options.pixels,
            training.precision,
            training.device,
        )
        learned = train_depth_weights(settings, training.output, progress.stage)
    for clip in learned.clips:
        print(f"learned from {clip.name}: {len(clip)} frames, neighbours {clip.stride} frames apart")
    for name, fov in learned.fov_deg.items():
        print(f"field of view learned for {name}: {fov:.0f} degrees; use it by --fov")
    figures = ", ".join(f"{name} {value:.4g}" for name, value in learned.figures.items())
    print(f"held-out frames: {figures}" if figures else "no true depth: look at the sheets of the run")
    print(f"weights: {training.output / WEIGHTS_FILE}; use them by --weights")


COMMAND = Command("depth", "stage 2: depth from plain videos, self-supervised", TrainDepthOptions, run, goes_on=True)
