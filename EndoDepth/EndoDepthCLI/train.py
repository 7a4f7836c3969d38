"""`endodepth train`: make weights with the training library."""

from __future__ import annotations

from EndoDepthCLI import train_recipe
from EndoDepthCLI.command import Command

SUBCOMMANDS: tuple[Command, ...] = (train_recipe.COMMAND,)

COMMAND = Command("train", "make weights (needs the extra 'train')", subcommands=SUBCOMMANDS)
