"""Recipes: how each set of weights and each figure is made, from data to file, by one command."""

from EndoDepthTrainingLib.recipes.run import RECIPES, run_recipe

__all__ = ["RECIPES", "run_recipe"]
