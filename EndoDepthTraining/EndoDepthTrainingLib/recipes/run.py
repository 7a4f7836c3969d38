"""The one entrance to all recipes."""

from __future__ import annotations

import io
from contextlib import nullcontext, redirect_stdout
from pathlib import Path

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference.device import choose_device
from EndoDepthTrainingLib.processes import join_processes
from EndoDepthTrainingLib.recipes.default_v0 import DefaultRecipe, run_default
from EndoDepthTrainingLib.recipes.default_v1 import DefaultV1Recipe, run_default_v1
from EndoDepthTrainingLib.recipes.larynx_folds import LarynxFoldsRecipe, run_larynx_folds
from EndoDepthTrainingLib.recipes.research_v0 import ResearchRecipe, research_v1, run_research
from EndoDepthTrainingLib.recipes.workplace import Reporter, Workplace

RECIPES = {
    "default-v0": (DefaultRecipe, run_default),
    "default-v1": (DefaultV1Recipe, run_default_v1),
    "larynx-folds": (LarynxFoldsRecipe, run_larynx_folds),
    "research-v0": (ResearchRecipe, run_research),
    "research-v1": (research_v1, run_research),
}
"""Settings and function of each recipe. larynx-folds and research-v0 build on what default-v0 left in the same folder,
research-v1 on what default-v1 left; default-v1 itself needs only the shipped weights v0."""


def run_recipe(name: str, output: Path, device: str = "auto", reporter: Reporter | None = None) -> None:
    """Run a recipe in the folder `output`, or go on with it where it was ended.

    reporter: gives the report of a stage by its name; without one, bars show the progress. Under torchrun all processes
    need the same folder; the first one writes and speaks. Raises SettingsError for an unknown recipe, InputError when
    data or earlier results it builds on are missing.
    """
    if name not in RECIPES:
        raise SettingsError(f"recipe is {name!r}; expected one of {', '.join(RECIPES)}")
    settings, run = RECIPES[name]
    chosen = choose_device(device)
    share = join_processes(chosen)
    with nullcontext() if share.is_first else redirect_stdout(io.StringIO()):
        run(settings(), Workplace.open(Path(output), chosen, reporter))  # type: ignore[operator]
