"""`endodepth train`: make weights with a recipe of the training library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import DEVICES
from EndoDepthCLI.options import option, path, positional, required
from EndoDepthLib.errors import SettingsError


@dataclass(frozen=True)
class TrainOptions:
    """What `endodepth train` is told."""

    recipe: str = positional("name of the recipe, such as default-v0", metavar="RECIPE")
    output: Path = required("folder of the run; a run that was ended early goes on there", parse=path, metavar="DIR")
    device: str = option("where to compute (default auto)", default="auto", choices=DEVICES)


def run(options: TrainOptions) -> None:
    """Train until the recipe is done."""
    try:
        from EndoDepthTrainingLib.recipes import run_recipe
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"training needs the package '{error.name}', which is not installed; "
            "install the extra: pip install 'endodepth[train]'"
        ) from error
    run_recipe(options.recipe, options.output, options.device)


COMMAND = Command("train", "make weights with a recipe (needs the extra 'train')", TrainOptions, run)
