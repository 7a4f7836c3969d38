"""`endodepth train recipe`: the shipped weights once more, from data to file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.job.training import TrainingProgress, training_library
from EndoDepthCLI.option_groups import DEVICES
from EndoDepthCLI.options import option, path, positional, required


@dataclass(frozen=True)
class TrainRecipeOptions:
    """What `endodepth train recipe` is told."""

    recipe: str = positional("name of the recipe, such as default-v0", metavar="RECIPE")
    output: Path = required("folder of the run; a run that was ended early goes on there", parse=path, metavar="DIR")
    device: str = option("where to compute (default auto)", default="auto", choices=DEVICES)


def run(options: TrainRecipeOptions) -> None:
    """Train until the recipe is done."""
    with training_library(), TrainingProgress() as progress:
        from EndoDepthTrainingLib.recipes import run_recipe

        run_recipe(options.recipe, options.output, options.device, progress.stage)


COMMAND = Command(
    "recipe", "make weights as the shipped ones were made, in several stages", TrainRecipeOptions, run, goes_on=True
)
