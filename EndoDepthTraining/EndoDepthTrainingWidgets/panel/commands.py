"""From the panel's settings to the command line's arguments."""

from __future__ import annotations

from pathlib import Path

from EndoDepthTrainingWidgets.panel.choices import Stage
from EndoDepthTrainingWidgets.panel.parameter_node import EndoDepthTrainingParameterNode
from EndoDepthTrainingWidgets.watching.gained import COMPARISON_FOLDER

WEIGHTS_FILE = "weights.safetensors"
"""What every training leaves in its run folder when it is done."""


def weights_of(run: Path) -> Path:
    """The weights that a run made, which may not be there yet."""
    return run / WEIGHTS_FILE


def is_begun(run: Path) -> bool:
    """Whether a training was begun in this folder."""
    return run.is_dir() and next(run.iterdir(), None) is not None


def training_command(parameters: EndoDepthTrainingParameterNode) -> list[str]:
    """What trains as the panel says; given again, it goes on where it was ended."""
    stage, run = parameters.stage, parameters.runPath.strip()
    if stage is Stage.SEGMENTATION:
        arguments = ["train", "segmentation", parameters.folderPath.strip(), "--output", run]
    elif stage is Stage.DEPTH:
        arguments = ["train", "depth", parameters.videoPath.strip(), "--output", run]
    else:
        arguments = ["adapt", parameters.videoPath.strip(), "--output", str(weights_of(Path(run))), "--work", run]
    if parameters.steps:
        arguments += ["--steps", str(parameters.steps)]
    elif parameters.minutes and stage.has_minutes:
        arguments += ["--minutes", str(parameters.minutes)]
    if parameters.startPath.strip():
        flag = "--start-weights" if stage is Stage.DEPTH else "--weights"
        arguments += [flag, parameters.startPath.strip()]
    return [*arguments, "--device", parameters.device.value]


def comparison_command(held_out: Path, run: Path, device: str, against: str = "") -> list[str]:
    """What compares the weights of a run with others (default: the shipped ones) on annotated frames."""
    arguments = ["evaluate", "compare", str(held_out), "--weights", str(weights_of(run))]
    arguments += ["--against", against or "default", "--output", str(run / COMPARISON_FOLDER)]
    return [*arguments, "--device", device]
