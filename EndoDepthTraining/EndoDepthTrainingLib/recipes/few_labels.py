"""From a few labelled frames of a user's own to weights: stage 1 text-guided, or a U-Net that proposes labels."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference.device import choose_device
from EndoDepthLib.networks import Checkpoint, NetworkConfig, load_checkpoint
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.labels.labelled_data import PIXELS, LabelledData, read_labelled_data
from EndoDepthTrainingLib.networks.unet import UNet
from EndoDepthTrainingLib.processes import Share, from_first
from EndoDepthTrainingLib.recipes.start_weights import start_file
from EndoDepthTrainingLib.recipes.workplace import Reporter
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.guided_segmentation import fresh_segmenter, guided_task, started_segmenter
from EndoDepthTrainingLib.stages.loop import make_optimiser, make_precision
from EndoDepthTrainingLib.stages.running import moved
from EndoDepthTrainingLib.stages.segmentation_task import (
    LABELLED,
    SegmentationConfig,
    SegmentationTask,
    assess_masks,
    unet_task,
)
from EndoDepthTrainingLib.text.guiding_tower import SHIPPED, GuidingTower, open_clip_tower, shipped_tower

GUIDED, UNET = "guided", "unet"
IMAGENET = "imagenet"
STAGE_FOLDER = "training"
_PLAN_FILE = "plan.json"
_DEFAULT_STEPS = 400
_DEPTH_KEPT = 0.5
_RATES = {GUIDED: (1e-3, 0.1), UNET: (1e-3, 0.1)}


@dataclass(frozen=True)
class FewLabelsSettings:
    """What to learn, from what, for how long.

    sources: as read_labelled_data takes them. prompts: (): all that is marked. network: GUIDED or UNET. start: weights
    (identifier or file) or IMAGENET. steps, or minutes of training on this machine; None: _DEFAULT_STEPS.
    text_tower: SHIPPED or an open_clip name with text_checkpoint, a file (or, with allow_download, a tag). held_out:
    share of the frames that is not learned from but assessed. depth_kept: weight of the distillation of depth; None:
    what suits the start. pixels: about how large frames are learned from.
    """

    sources: tuple[str, ...]
    prompts: tuple[str, ...] = ()
    network: str = GUIDED
    start: str = "default"
    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    precision: str = "float32"
    device: str = "auto"
    learning_rate: float | None = None
    context_tokens: int = 8
    text_tower: str = SHIPPED
    text_checkpoint: str | None = None
    allow_download: bool = False
    held_out: float = 0.2
    depth_kept: float | None = None
    skip_damaged: bool = False
    pixels: int = PIXELS


@dataclass(frozen=True)
class Learned:
    """The averaged network of logits, what it learned from, and Dice on held-out frames (None without) by figure."""

    network: nn.Module
    data: LabelledData
    training: FrameSet
    held_out: FrameSet | None
    steps: int
    start: Checkpoint | None
    figures: dict[str, float]


def learn(settings: FewLabelsSettings, folder: Path, reporter: Reporter | None = None) -> Learned:
    """Read the labels, train in `folder`/training (a run that was ended goes on there), assess.

    Raises InputError, SettingsError and WeightsError for what the user gave; the rest as stages.train.
    """
    if settings.steps is not None and settings.minutes is not None:
        raise SettingsError("steps and minutes are both given; expected one of them")
    if (settings.text_tower == SHIPPED) != (settings.text_checkpoint is None):
        raise SettingsError(
            f"the text tower is '{settings.text_tower}' and its checkpoint '{settings.text_checkpoint}'; another tower "
            "than EndoDepth's own needs one: give both --text-tower and --text-checkpoint, or neither"
        )
    device = torch.device(choose_device(settings.device))
    data = read_labelled_data(settings.sources, settings.prompts, settings.skip_damaged, settings.pixels)
    training, held_out = split_held_out(data.frames, settings.held_out, len(data.prompts))
    start = start_checkpoint(settings)
    task = _task(settings, data, training, held_out, start, device)
    stage = folder / STAGE_FOLDER
    steps = from_first(lambda: _planned_steps(settings, task, stage, device))
    loop = LoopConfig(
        task.name,
        steps,
        settings.seed,
        warmup_steps=min(50, steps // 8),
        precision=settings.precision,
        checkpoint_every=25,
        validate_every=max(1, steps // 4),
        sheet_every=max(1, steps // 2),
    )
    network = train(loop, task, stage, None if reporter is None else reporter(task.name))
    figures = {}
    if held_out is not None:
        found = assess_masks(network, held_out, data.prompts)
        share = [float((held_out.labels == value).mean()) for value in range(1, len(data.prompts) + 1)]
        figures = {
            "held-out frames": float(len(held_out)),
            "Dice": found.mean_dice,
            "mean IoU": found.mean_iou,
            "Dice of marking every pixel": float(np.mean([2 * p / (1 + p) for p in share])),
        }
    return Learned(network, data, training, held_out, steps, start, figures)


def start_checkpoint(settings: FewLabelsSettings) -> Checkpoint | None:
    """The weights to start from, None for ImageNet's; each call reads them anew."""
    return None if settings.start == IMAGENET else load_checkpoint(start_file(settings.start))


def split_held_out(frames: FrameSet, share: float, prompts: int) -> tuple[FrameSet, FrameSet | None]:
    """The frames to learn from, and those held out: of each source the last ones, since neighbours are alike.

    A structure that would not be learned then is a reason to take every n-th frame instead, or none at all.
    """
    if not 0.0 <= share < 1.0:
        raise SettingsError(f"the held-out share is {share}; expected 0 or more and less than 1")
    tail = np.zeros(len(frames), bool)
    for group in np.unique(frames.groups):
        rows = np.flatnonzero(frames.groups == group)
        count = min(len(rows) - 1, max(1, round(share * len(rows)))) if share else 0
        tail[rows[len(rows) - count :]] = True
    spread = np.zeros(len(frames), bool)
    if tail.any():
        spread[np.linspace(0, len(frames) - 1, int(tail.sum())).round().astype(int)] = True
    shown = frames.class_pixels(prompts + 1)[:, 1:] > 0
    for held_out in (tail, spread):
        if held_out.any() and shown[~held_out].any(axis=0).all():
            return frames.subset(~held_out), frames.subset(held_out)
    return frames, None


def _task(
    settings: FewLabelsSettings,
    data: LabelledData,
    training: FrameSet,
    held_out: FrameSet | None,
    start: Checkpoint | None,
    device: torch.device,
) -> SegmentationTask:
    rate, share = _RATES[settings.network]
    height, width = training.images.shape[1:3]
    kept = settings.depth_kept
    config = SegmentationConfig(
        f"{settings.network}-segmentation",
        data.prompts,
        settings.learning_rate or rate,
        share,
        context_tokens=settings.context_tokens,
        depth_kept=0.0 if start is None else _DEPTH_KEPT if kept is None else kept,
        seed=settings.seed,
        batch=BatchConfig({LABELLED: 8}, ((height, width),)),
        origin={"start": settings.start, "sha256": "" if start is None else start.sha256},
    )
    if settings.network == UNET:
        torch.manual_seed(settings.seed)
        encoder = NetworkConfig().encoder if start is None else start.network.config.encoder
        network = UNet(encoder, len(data.prompts), encoder_weights=IMAGENET if start is None else None)
        if start is not None:
            network.encoder.load_state_dict(start.network.encoder.state_dict())
        return unet_task(replace(config, depth_kept=0.0), network.to(device), training, held_out, data.colors)
    tower = text_tower(settings)
    config = replace(config, origin={**config.origin, "text_tower": tower.name, "tower_sha256": tower.sha256 or ""})
    count, seed = settings.context_tokens, settings.seed
    if start is None:
        shape = replace(NetworkConfig(), input_pixels=height * width)
        segmenter = fresh_segmenter(shape, tower, data.prompts, count, seed)
    else:
        segmenter = started_segmenter(start, tower, data.prompts, count, seed)
    task = guided_task(config, segmenter, training, held_out, data.colors)
    task.learner.to(device)
    return task


def text_tower(settings: FewLabelsSettings) -> GuidingTower:
    """The tower that is asked for."""
    if settings.text_checkpoint is None:
        return shipped_tower()
    return open_clip_tower(settings.text_tower, settings.text_checkpoint, settings.allow_download)


def _planned_steps(settings: FewLabelsSettings, task: SegmentationTask, folder: Path, device: torch.device) -> int:
    """Steps as given, or as many as fit the minutes; decided once, so that a run that goes on has the same."""
    if settings.minutes is None:
        return settings.steps or _DEFAULT_STEPS
    file = folder / _PLAN_FILE
    if file.exists():
        plan = json.loads(file.read_text(encoding="utf-8"))
        if plan["minutes"] == settings.minutes:
            return int(plan["steps"])
    steps = max(10, int(60.0 * settings.minutes / _seconds_per_step(task, settings.precision, device)))
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(file, json.dumps({"minutes": settings.minutes, "steps": steps}))
    return steps


def _seconds_per_step(task: SegmentationTask, precision: str, device: torch.device) -> float:
    """Of a few steps on a copy, which leaves the task as it is."""
    autocast: Callable[[], object] = make_precision(precision, device)[0]
    trial = copy.copy(task)
    trial.learner = copy.deepcopy(task.learner)
    trial.learner.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    optimiser = make_optimiser(trial)
    seconds = []
    for step in range(4):
        began = time.monotonic()
        batch = moved(trial.batch(step, Share()), device)
        with autocast():  # type: ignore[attr-defined]  # a context manager of one kind or another
            losses = trial.learner(batch, task.network, step)
        torch.stack([loss.float() for loss in losses.values()]).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        float(next(iter(losses.values())).detach())  # waits for a GPU
        seconds.append(time.monotonic() - began)
    return float(np.median(seconds[1:]))
