"""`endodepth train`: make weights with the training library."""

from __future__ import annotations

from EndoDepthCLI import train_depth, train_recipe, train_segmentation
from EndoDepthCLI.command import Command

SUBCOMMANDS: tuple[Command, ...] = (train_recipe.COMMAND, train_segmentation.COMMAND, train_depth.COMMAND)

COMMAND = Command("train", "make weights (needs the extra 'train')", subcommands=SUBCOMMANDS)
