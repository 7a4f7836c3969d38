"""The training loop: every task of every stage runs through this one function, in the order it is written."""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Callable, Mapping
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from EndoDepthLib.errors import SettingsError, TrainingError
from EndoDepthLib.results.atomic import write_error
from EndoDepthTrainingLib.processes import first_before_others, from_first, join_processes, synchronise_batch_norms
from EndoDepthTrainingLib.stages.config import LoopConfig
from EndoDepthTrainingLib.stages.interruption import Interruption
from EndoDepthTrainingLib.stages.record import Record
from EndoDepthTrainingLib.stages.running import RunningMeans, mean_over_processes, moved
from EndoDepthTrainingLib.stages.state import load_state, save_state
from EndoDepthTrainingLib.stages.task import Configured, Task

Report = Callable[[int, int, Mapping[str, float]], None]
"""Called after every step with the steps done, the steps in all, and the losses of this step by name."""

Cancelled = Callable[[], bool]
"""Asked after every step whether to end."""

SMALLEST_SCALE = 1e-3
"""float16 gradients that are not finite even when the loss is scaled by this will not become so."""


def train(
    config: LoopConfig,
    task: Task,
    folder: Path,
    report: Report | None = None,
    cancelled: Cancelled | None = None,
) -> nn.Module:
    """Train `task` (its modules are changed in place); the averaged copy of its network, in evaluation mode.

    State, log.csv, validation.csv, TensorBoard events, curves.png and sheets go to `folder`; when a state is there the
    training continues from it, step for step as it would have gone on. Without `report` a bar shows the progress.
    Under torchrun every process calls this; they share the batches, and the first one writes. Ctrl-C, or `cancelled`,
    ends the training after the step, once it is saved: KeyboardInterrupt.

    Raises TrainingError when loss or gradients are no longer finite (the weights before that step are saved), and
    OutputError when the disk takes no more (the last state stays); SettingsError when the state in `folder` has other
    settings, or the device cannot compute with the precision that is asked for.
    """
    device = next(task.learner.parameters()).device
    share = join_processes(device)
    settings = {"loop": dataclasses.asdict(config)}
    if isinstance(task, Configured) and dataclasses.is_dataclass(task.config) and not isinstance(task.config, type):
        settings["task"] = dataclasses.asdict(task.config)
    autocast, scaler = make_precision(config.precision, device)
    task.learner.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    average = copy.deepcopy(task.network).eval().requires_grad_(False)
    synchronise_batch_norms(task.learner)
    optimiser = make_optimiser(task)
    grouped = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    learning = [parameter for parameter in task.learner.parameters() if id(parameter) in grouped]
    means, first = RunningMeans(), 0

    # One process reads: on several machines only the first may have the file, and all must go on from the same step.
    state = from_first(lambda: load_state(folder, settings))
    if state is not None:
        first, means.sums, means.count = int(state["step"]), dict(state["sums"]), int(state["count"])
        task.learner.load_state_dict(state["learner"])
        optimiser.load_state_dict(state["optimiser"])
        scaler.load_state_dict(state["scaler"])
    learner = task.learner
    if share.world > 1:  # gives every process the first one's weights
        learner = DistributedDataParallel(learner, find_unused_parameters=True)
    average.load_state_dict(task.network.state_dict() if state is None else state["average"])
    del state

    def save(done: int) -> None:
        with first_before_others():  # none may end, and have the others ended, before it is on disk
            if share.is_first:
                parts = {"learner": task.learner, "average": average, "optimiser": optimiser, "scaler": scaler}
                states = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
                save_state(folder, settings, {"step": done, "sums": means.sums, "count": means.count, **states})

    # Running statistics change in the pass itself: to keep the weights of before a step that broke takes these copies.
    statistics = list(task.learner.buffers())
    good_statistics = [buffer.clone() for buffer in statistics]

    def give_up(done: int, what: str) -> TrainingError:
        for buffer, good in zip(statistics, good_statistics, strict=True):
            buffer.copy_(good)
        save(done)
        return TrainingError(
            f"{what} at step {done} of {config.name}; the weights of before it are kept in {folder}: lower the "
            "learning rate, or look at the data of this step, and train in another folder"
        )

    record = open_record(folder, first) if share.is_first else None
    bar = tqdm(
        total=config.steps, desc=config.name, initial=first, unit="step", mininterval=2.0,
        disable=report is not None or not share.is_first,
    )  # fmt: skip
    with Interruption() as interruption, bar, closing(record) if record else nullcontext():
        for step in range(first, config.steps):
            started_s = time.monotonic()
            # Every random choice of a step follows from its number: nothing to save, and a resumed run repeats none.
            torch.manual_seed(config.seed * 1_000_003 + step)
            batch = moved(task.batch(step, share), device)
            factor = learning_rate_factor(step, config.steps, config.warmup_steps)
            for group in optimiser.param_groups:
                group["lr"] = group["base_lr"] * factor
            if statistics:
                torch._foreach_copy_(good_statistics, statistics)

            with autocast():
                losses: dict[str, Tensor] = learner(batch, average, step)
            total = torch.stack([loss.float() for loss in losses.values()]).sum()
            asked = interruption.asked or (cancelled is not None and cancelled())
            figures, asked = mean_over_processes({"loss": total, **losses}, asked)
            if not all(map(math.isfinite, figures.values())):
                raise give_up(step, "loss " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
            scaler.scale(total).backward()
            scaler.unscale_(optimiser)
            norm = float(nn.utils.clip_grad_norm_(learning, config.clip_norm or math.inf))
            if not math.isfinite(norm) and (not scaler.is_enabled() or scaler.get_scale() < SMALLEST_SCALE):
                raise give_up(step, f"length of the gradient {norm}")
            scaler.step(optimiser)  # float16: not when a gradient is not finite; then the scale goes down
            scaler.update()
            optimiser.zero_grad(set_to_none=True)
            update_average(average, task.network, min(config.average_decay, (1 + step) / (10 + step)))

            done = step + 1
            means.add(figures, time.monotonic() - started_s)
            if report is not None and share.is_first:
                report(done, config.steps, figures)
            bar.update()
            if due(done, config.log_every, config.steps):
                logged, seconds = means.take()
                bar.set_postfix({name: f"{value:.3f}" for name, value in logged.items()}, refresh=False)
                if record:
                    record.losses(done, {**logged, "learning_rate_factor": factor}, seconds)
            if record and due(done, config.sheet_every, config.steps):
                picture = task.sheet(average, done)
                if picture is not None:
                    record.sheet(done, picture)
            if record and due(done, config.validate_every, config.steps):
                record.validation(done, task.validate(average, done))
            if record and (due(done, config.validate_every, config.steps) or done == config.steps):
                record.curves()
            if asked or due(done, config.checkpoint_every, config.steps) or done == config.steps:
                save(done)
            if asked and done < config.steps:
                raise KeyboardInterrupt
    return average


def make_precision(name: str, device: torch.device) -> tuple[Callable[[], Any], torch.amp.GradScaler]:
    """What autocasts a pass, and the scaler of the loss, which only float16 needs (its gradients underflow)."""
    if name == "float16" and device.type != "cuda":
        raise SettingsError(f"precision float16 needs a CUDA device, not {device.type}; use bfloat16 or float32")
    scaler = torch.amp.GradScaler(device.type, enabled=name == "float16")
    if name == "float32":
        return nullcontext, scaler
    return (lambda: torch.autocast(device.type, getattr(torch, name))), scaler


def make_optimiser(task: Task) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019) over the task's groups."""
    return torch.optim.AdamW(
        [
            {"params": g.parameters, "lr": g.learning_rate, "base_lr": g.learning_rate, "weight_decay": g.weight_decay}
            for g in task.parameter_groups()
        ],
        fused=True,
    )


def open_record(folder: Path, first: int) -> Record:
    """The record in `folder`, which is made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Record(folder, first)
    except OSError as error:
        raise write_error(folder, error) from error


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


def due(done: int, every: int, steps: int) -> bool:
    """Whether something done every so many steps, and at the end, is to be done now; 0 = never."""
    return every > 0 and (done % every == 0 or done == steps)
