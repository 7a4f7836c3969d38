"""The state of a running stage on disk: enough to continue after a kill exactly as if nothing had happened."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_path
from EndoDepthTrainingLib.stages.config import StageConfig

STATE_FILE = "state.pt"


def save_state(
    folder: Path,
    config: StageConfig,
    step: int,
    network: nn.Module,
    average: nn.Module,
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write the state aside, then rename. Random numbers need no state: they follow from the seed and the step."""
    state = {
        "config": json.dumps(asdict(config)),
        "step": step,
        "network": network.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    with atomic_path(folder / STATE_FILE) as aside:
        torch.save(state, aside)


def load_state(
    folder: Path, config: StageConfig, network: nn.Module, average: nn.Module, optimiser: torch.optim.Optimizer
) -> int:
    """Restore what save_state wrote, if anything: the number of steps done. Never unpickles objects.

    Raises InputError when the folder holds a stage of another configuration.
    """
    file = folder / STATE_FILE
    if not file.exists():
        return 0
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    if json.loads(state["config"]) != json.loads(json.dumps(asdict(config))):
        raise InputError(f"{file} belongs to a stage with other settings; give another output folder or remove it")
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])
