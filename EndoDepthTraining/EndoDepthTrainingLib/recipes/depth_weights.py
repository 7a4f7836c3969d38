"""Weights from stage 2 on a user's videos: self-supervised depth, as a checkpoint with its card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.geometry import DEFAULT_FOV_DEG
from EndoDepthLib.inference.device import choose_device
from EndoDepthLib.networks import Checkpoint, EndoDepthNetwork, load_checkpoint, save_checkpoint
from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip
from EndoDepthTrainingLib.datasets.motion.reading import VideoCamera, clip_of_video, clips_of_samples, named_source
from EndoDepthTrainingLib.datasets.motion.stride import with_stride
from EndoDepthTrainingLib.datasets.motion.structures import with_structures
from EndoDepthTrainingLib.datasets.public.registry import open_dataset
from EndoDepthTrainingLib.processes import first_before_others, own_share
from EndoDepthTrainingLib.recipes.start_weights import start_file
from EndoDepthTrainingLib.recipes.workplace import Reporter
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.self_supervised import SelfSupervisedTask
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig

IMAGENET, RANDOM = "imagenet", "random"
WEIGHTS_FILE, CARD_FILE = "weights.safetensors", "weights.md"
STAGE_FOLDER = "training"
DEFAULT_STEPS = 2000
_FRESH_RATE, _TRAINED_RATE = 4e-4, 1e-4
_MASKS = 0.2
_WITH_IMAGENET = "tf_efficientnet_lite0"  # whose ImageNet weights come with a package
_GUIDANCE = 1e-2


@dataclass(frozen=True)
class DepthSettings:
    """What to learn depth from, and how.

    sources: videos, folders of images, or NAME=FOLDER (NAME:SPLIT=FOLDER) of a data set whose frames follow one
    another. camera, fov_deg: of the videos; neither: the focal length is learned. start: weights (identifier or file),
    IMAGENET or RANDOM. structures: weights that mark structures; None: those of the start, or the shipped ones.
    guidance: whether L_s is used; calibration: brightness calibration. stride: frames between neighbours, None: from
    measured motion. pixels: of the network's picture, None: those of its configuration.
    """

    sources: tuple[str, ...]
    camera: Path | None = None
    fov_deg: float | None = None
    start: str = "default"
    structures: str | None = None
    guidance: bool = True
    calibration: bool = True
    stride: int | None = None
    steps: int = DEFAULT_STEPS
    batch: int = 8
    seed: int = 0
    pixels: int | None = None
    precision: str = "float32"
    device: str = "auto"


@dataclass(frozen=True)
class LearnedDepth:
    """The averaged network, the clips it learned from, the diagonal field of view in degrees of each whose camera was
    not known, and figures where there was a truth."""

    network: EndoDepthNetwork
    clips: tuple[MotionClip, ...]
    fov_deg: dict[str, float]
    figures: dict[str, float]


def train_depth_weights(settings: DepthSettings, folder: Path, reporter: Reporter | None = None) -> LearnedDepth:
    """Read the videos, train in `folder`/training (a run that was ended goes on there), write weights and card.

    Raises InputError, CameraError, SettingsError and WeightsError for what the user gave; the rest as stages.train.
    """
    device = torch.device(choose_device(settings.device))
    checkpoint, network, sha256 = starting_network(settings)
    vocabulary = Vocabulary.from_dict(checkpoint.vocabulary)
    pixels = settings.pixels or network.config.input_pixels
    marker = checkpoint.network.to(device)
    clips = [
        with_structures(with_stride(clip, settings.stride), marker, vocabulary)
        for clip in read_sources(settings, pixels, reporter)
    ]
    config = task_config(settings, clips, sha256)
    text = torch.from_numpy(vocabulary.embeddings).float() if vocabulary.embeddings is not None else None
    fresh = settings.start in (IMAGENET, RANDOM)
    training_weights = None if settings.start == RANDOM or network.config.encoder != _WITH_IMAGENET else IMAGENET
    task = SelfSupervisedTask(config, network.to(device), clips, text, training_weights)
    steps = settings.steps
    loop = LoopConfig(
        config.name,
        steps,
        settings.seed,
        warmup_steps=min(100, steps // 8),
        precision=settings.precision,
        average_decay=0.99,
        checkpoint_every=50,
        validate_every=max(1, steps // 8),
        sheet_every=max(1, steps // 8),
    )
    average = train(loop, task, folder / STAGE_FOLDER, None if reporter is None else reporter(config.name))
    assert isinstance(average, EndoDepthNetwork)
    learned = LearnedDepth(average, tuple(clips), learned_views(task, clips), dict(task.validate(average, steps)))
    with first_before_others():
        if own_share().is_first:
            digest = save_checkpoint(folder / WEIGHTS_FILE, average, vocabulary.to_dict(), _metadata(settings, learned))
            atomic_write(folder / CARD_FILE, card(settings, learned, fresh, digest))
    return learned


def starting_network(settings: DepthSettings) -> tuple[Checkpoint, EndoDepthNetwork, str]:
    """What marks structures, the network that learns, and the SHA-256 of the weights it starts from ("" for none)."""
    fresh = settings.start in (IMAGENET, RANDOM)
    marking = settings.structures or ("default" if fresh else settings.start)
    checkpoint = load_checkpoint(start_file(marking))
    torch.manual_seed(settings.seed)
    if fresh:
        weights = IMAGENET if settings.start == IMAGENET else None
        return checkpoint, EndoDepthNetwork(checkpoint.network.config, weights), ""
    start = load_checkpoint(start_file(settings.start))
    if start.network.config.text_dim != checkpoint.network.config.text_dim:
        raise SettingsError(
            f"the weights '{settings.structures}' compare with text vectors of {checkpoint.network.config.text_dim} "
            f"numbers, the start weights with {start.network.config.text_dim}; expected the same text tower"
        )
    return checkpoint, start.network, start.sha256


def read_sources(settings: DepthSettings, pixels: int, reporter: Reporter | None = None) -> list[MotionClip]:
    """The clips of all sources, on one grid: that of the first. Raises as clip_of_video and clips_of_samples."""
    camera = VideoCamera(settings.camera, settings.fov_deg)
    reports: dict[str, Any] = {}

    def told(name: str, done: int, total: int) -> None:
        if reporter is not None:
            report = reports.setdefault(name, reporter(f"reading {name}"))
            report(done, total, {})

    clips: list[MotionClip] = []
    for source in settings.sources:
        size = (clips[0].images.shape[1], clips[0].images.shape[2]) if clips else None
        named = named_source(source)
        if named is None:
            clips.append(clip_of_video(Path(source), camera, pixels, size, told))
        else:
            name, split, place = named
            samples = open_dataset(name, place, split=split or "all")
            clips += clips_of_samples(samples, pixels, size, told)
    return clips


def task_config(settings: DepthSettings, clips: Sequence[MotionClip], sha256: str) -> SelfSupervisedConfig:
    """The task's settings: a network that knows depth already learns slower."""
    rate = _FRESH_RATE if settings.start in (IMAGENET, RANDOM) else _TRAINED_RATE
    return SelfSupervisedConfig(
        seed=settings.seed,
        batch=settings.batch,
        learning_rate=rate,
        encoder_learning_rate=rate / 2,
        training_learning_rate=_FRESH_RATE,
        guidance=_GUIDANCE if settings.guidance else 0.0,
        calibration=settings.calibration,
        calibrated_after=settings.steps // 5,
        masks=_MASKS,
        origin={
            "start": settings.start,
            "sha256": sha256,
            "clips": ", ".join(f"{clip.name} ({len(clip)} frames, stride {clip.stride})" for clip in clips),
        },
    )


def learned_views(task: SelfSupervisedTask, clips: Sequence[MotionClip]) -> dict[str, float]:
    """Diagonal field of view in degrees, as learned, of the clips whose camera was not known."""
    with torch.no_grad():
        device = next(task.learner.parameters()).device
        factors = task.learner.focal(torch.arange(len(clips), device=device)).tolist()
    half = math.tan(math.radians(DEFAULT_FOV_DEG) / 2.0)
    return {
        clip.name: math.degrees(2.0 * math.atan(half / factor))
        for clip, factor in zip(clips, factors, strict=True)
        if not clip.camera_known
    }


def _metadata(settings: DepthSettings, learned: LearnedDepth) -> dict[str, Any]:
    values = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(settings).items()}
    return {
        "stage": "self-supervised depth (stage 2)",
        "settings": values,
        "strides": {clip.name: clip.stride for clip in learned.clips},
        "field_of_view_deg": learned.fov_deg,
        "figures": learned.figures,
    }


def card(settings: DepthSettings, learned: LearnedDepth, fresh: bool, digest: str) -> str:
    """Markdown that says what the weights were made of and what they are worth."""
    start = f"the weights '{settings.start}'" if not fresh else f"{settings.start} weights, whose depth was untrained"
    confidence = "was not trained: do not rely on it" if fresh else "is the start weights' and was not trained further"
    lines = [
        "# Depth learned from your videos, without any truth",
        "",
        f"Self-supervised (stage 2) in {settings.steps} steps from {start}; semantic guidance "
        f"{'on' if settings.guidance else 'off'}, brightness calibration {'on' if settings.calibration else 'off'}.",
        "",
        *(f"- {clip.name}: {len(clip)} frames, neighbours {clip.stride} frames apart" for clip in learned.clips),
        *(f"- {name}: field of view learned, {fov:.0f} degrees diagonal" for name, fov in learned.fov_deg.items()),
        *(f"- held-out frames, {name}: {value:.4g}" for name, value in learned.figures.items()),
        *([] if learned.figures else ["- the videos have no true depth: nothing was measured, look at the sheets"]),
        "",
        f"Depth is known up to scale. The confidence {confidence}. Masks were held near those of the weights that "
        "marked the structures. Licence and use follow from the start weights and from your videos. Not a medical "
        "device.",
        "",
        f"File `{WEIGHTS_FILE}`, SHA-256 `{digest}`.",
    ]
    return "\n".join(lines) + "\n"
