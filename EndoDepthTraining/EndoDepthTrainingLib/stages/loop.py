"""The training loop: every stage of every recipe runs through this one function, in the order it is written."""

from __future__ import annotations

import copy
import csv
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from EndoDepthLib.errors import EndoDepthError
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets import FrameSet, draw_batch
from EndoDepthTrainingLib.datasets.batches import sampling_weights
from EndoDepthTrainingLib.stages.config import OptimiserConfig, StageConfig
from EndoDepthTrainingLib.stages.objective import Taught, batch_loss
from EndoDepthTrainingLib.stages.state import load_state, save_state

LOG_FILE = "log.csv"

Report = Callable[[EndoDepthNetwork, int], None]
"""Called with the averaged network and the number of steps done."""


def train_stage(
    config: StageConfig,
    network: EndoDepthNetwork,
    sets: Mapping[str, FrameSet],
    taught: Taught,
    folder: Path,
    validate: Report | None = None,
    draw_sheet: Report | None = None,
) -> EndoDepthNetwork:
    """Train `network` (changed in place) and return its averaged copy, in evaluation mode.

    State, log and sheets go to `folder`; when a state is there the stage continues from it, step for step as it would
    have gone on. Raises EndoDepthError when the loss is no longer finite; the last state stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network.requires_grad_(True).train()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimiser = make_optimiser(network, config.optimiser)
    device = next(network.parameters()).device
    weights = {name: sampling_weights(frames, len(taught.text)) for name, frames in sets.items()}
    first = load_state(folder, config, network, average, optimiser)
    _truncate_log(folder / LOG_FILE, first)

    progress = tqdm(range(first, config.steps), config.name, config.steps, initial=first, unit="step", mininterval=2.0)
    for step in progress:
        started = time.monotonic()
        # Every random choice of a step follows from its number: nothing to save, and a resumed run repeats none.
        torch.manual_seed(config.seed * 1_000_003 + step)
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        batch = draw_batch(sets, weights, config.batch, config.seed, step).to(device)

        for group in optimiser.param_groups:
            group["lr"] = group["base_lr"] * learning_rate_factor(step, config.steps, config.optimiser.warmup_steps)
        losses = batch_loss(network, average, batch, taught, config.loss, generator)
        total = torch.stack(list(losses.values())).sum()
        if not math.isfinite(total.item()):
            raise EndoDepthError(
                f"loss {total.item()} at step {step} of {config.name}; the last state is kept: lower the rate"
            )
        total.backward()
        nn.utils.clip_grad_norm_(network.parameters(), config.optimiser.clip_norm)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        update_average(average, network, min(config.optimiser.average_decay, (1 + step) / (10 + step)))

        done = step + 1
        if done % config.log_every == 0 or done == config.steps:
            figures = {"loss": total.item()} | {name: loss.item() for name, loss in losses.items()}
            _log(folder / LOG_FILE, done, figures, time.monotonic() - started)
            progress.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
        if _due(done, config.sheet_every, config.steps) and draw_sheet:
            draw_sheet(average, done)
        if _due(done, config.validate_every, config.steps) and validate:
            validate(average, done)
        if _due(done, config.checkpoint_every, config.steps):
            save_state(folder, config, done, network, average, optimiser)
    return average


def make_optimiser(network: EndoDepthNetwork, config: OptimiserConfig) -> torch.optim.AdamW:
    """AdamW; encoder slower; norms, biases and other vectors without weight decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        rate = config.encoder_learning_rate if name.startswith("encoder.") else config.learning_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": members, "lr": rate, "base_lr": rate, "weight_decay": decay}
            for (rate, decay), members in groups.items()
        ],
        fused=True,
    )


def learning_rate_factor(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up to 1, then half a cosine down to 1 % at the last step."""
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the weights; running statistics of batch norm likewise, counters copied."""
    own, new = average.state_dict(), network.state_dict()
    moving = [key for key, value in own.items() if value.is_floating_point()]
    torch._foreach_lerp_([own[key] for key in moving], [new[key] for key in moving], 1.0 - decay)
    for key in own.keys() - set(moving):
        own[key].copy_(new[key])


def class_weights(sets: Mapping[str, FrameSet], classes: int) -> torch.Tensor:
    """(1 + K,) weight of each label's pixels: square root of inverse frequency, 1 at the median, within 0.4 to 3."""
    counts = np.sum([frames.class_pixels(classes + 1).sum(axis=0) for frames in sets.values()], axis=0)
    shown = counts > 0
    weights = np.ones(classes + 1)
    weights[shown] = np.clip(np.sqrt(np.median(counts[shown]) / counts[shown]), 0.4, 3.0)
    return torch.from_numpy(weights).float()


def _due(done: int, every: int, steps: int) -> bool:
    return every > 0 and (done % every == 0 or done == steps)


def _log(file: Path, step: int, figures: Mapping[str, float], seconds: float) -> None:
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        if new:
            writer.writerow(["step", *figures, "seconds_per_step"])
        writer.writerow([step, *(f"{value:.6g}" for value in figures.values()), f"{seconds:.3f}"])


def _truncate_log(file: Path, steps_done: int) -> None:
    """Forget what a killed run logged after its last state."""
    if file.exists():
        header, *rows = file.read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row and int(row.split(",")[0]) <= steps_done]
        file.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
