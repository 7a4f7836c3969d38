"""The whole adaptation: look at the video, learn, judge, and keep what is better."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from EndoDepthLib.geometry import SourcedCamera
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.motion import (
    Motion,
    MotionFailure,
    MotionProblem,
    MotionSettings,
    estimate_motion,
    instrument_masks,
    load_motion,
    save_motion,
)
from EndoDepthLib.networks import EndoDepthNetwork, load_checkpoint
from EndoDepthLib.results.atomic import write_error
from EndoDepthLib.values import Camera
from EndoDepthLib.video import Video
from EndoDepthTrainingLib.adaptation.before_after import before_after_sheet
from EndoDepthTrainingLib.adaptation.clip import AdaptationClip, read_clips
from EndoDepthTrainingLib.adaptation.from_motion import teaching_from_motion
from EndoDepthTrainingLib.adaptation.judgement import judge
from EndoDepthTrainingLib.adaptation.measures import answers, resized_log_depth
from EndoDepthTrainingLib.adaptation.originals import originals
from EndoDepthTrainingLib.adaptation.outcome import Outcome, write_outcome
from EndoDepthTrainingLib.adaptation.plan import Budget, check_plan, write_plan
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.adaptation.teaching import Teaching
from EndoDepthTrainingLib.adaptation.tracked_pairs import tracked_teaching
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.adaptation import AdaptationTask
from EndoDepthTrainingLib.stages.config import LoopConfig
from EndoDepthTrainingLib.stages.loop import train

MOTION_FILE, TRAINING = "motion.npz", "training"
HOPELESS = (MotionProblem.TOO_SHORT, MotionProblem.STATIC, MotionProblem.NOTHING_TO_FOLLOW)
"""Problems of the video itself: no teacher can learn depth from it."""

_MOST_FRAMES = 120  # without structure from motion, evenly spaced
_SHEET_ROWS = 6
_TIMED_STEPS = 3
_LEAST_STEPS, _MOST_STEPS = 60, 1500
_AFTERWARDS = 0.12  # of all the time: judging and writing

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Surroundings:
    """Who is told how far it is, and who is asked whether to end."""

    progress: Progress = lambda stage, done, total: None
    cancelled: Callable[[], bool] | None = None

    def check(self) -> None:
        """Raises KeyboardInterrupt when it is to end."""
        if self.cancelled is not None and self.cancelled():
            raise KeyboardInterrupt


def adapt(
    video: Video,
    content: np.ndarray,
    output: Path,
    model: EndoDepthModel,
    camera: SourcedCamera,
    work: Path,
    config: AdaptationConfig | None = None,
    budget: Budget | None = None,
    motion_settings: MotionSettings | None = None,
    surroundings: Surroundings | None = None,
) -> Outcome:
    """Fine-tune the weights of `model` on a video and write them to `output` (.safetensors), or the original ones
    where they do not get better (see Judgement.reasons_against).

    content (H, W) bool: the picture inside its dark border. work: folder of what is found and learned on the way; an
    adaptation that was ended early goes on there. Raises SettingsError when that folder belongs to another one,
    InputError for frames that cannot be read, OutputError when the disk takes no more; KeyboardInterrupt at cancelling.
    """
    started_s = time.monotonic()
    config, budget = config or AdaptationConfig(), budget or Budget()
    around = surroundings or Surroundings()
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(work, error) from error
    plan = check_plan(work, video.source, model.weights.sha256, camera, config, budget)
    torch.manual_seed(config.seed)

    motion = _motion(video, content, model, camera, work, motion_settings, around)
    found = motion.summary() if isinstance(motion, Motion) else motion.reason

    def end(outcome: Outcome, network: EndoDepthNetwork | None = None, sheet: np.ndarray | None = None) -> Outcome:
        settings = {"config": asdict(config), "budget": asdict(budget)}
        write_outcome(output, outcome, network, model.weights, video.source.name, settings, sheet)
        return outcome

    def keep(reason: str) -> Outcome:
        return end(Outcome(False, reason, None, found, 0, time.monotonic() - started_s))

    if isinstance(motion, MotionFailure) and motion.problem in HOPELESS:
        return keep(motion.reason)
    learned, judged = _clips(video, content, model, camera.camera, motion, config, around)
    network = load_checkpoint(model.weights.path).network.to(model.device)
    original = copy.deepcopy(network).eval().requires_grad_(False)
    text = torch.from_numpy(model.weights.embeddings).to(model.device)
    kept = originals(original, learned.images, text)
    teaching = _teaching(learned, motion, config, kept.log_depth)
    judged_teaching = _teaching(judged, motion, config, kept.log_depth)
    if isinstance(teaching, str):
        return keep(teaching)
    if isinstance(judged_teaching, str):
        return keep(judged_teaching)

    before = answers(original, judged, text)
    rows = _shown_rows(teaching)

    def sheet(average: EndoDepthNetwork) -> np.ndarray:
        now = answers(average, _part(judged, rows), text)
        return before_after_sheet(_part(judged, rows), np.arange(len(rows)), before.log_depth[rows], now.log_depth)

    def make_task(of: EndoDepthNetwork) -> AdaptationTask:
        return AdaptationTask(config, of, learned, teaching, kept, text, sheet=sheet)

    if "steps" not in plan:
        plan["steps"] = budget.steps or _steps_within(make_task(copy.deepcopy(network)), budget, started_s)
        write_plan(work, plan)
    steps = int(plan["steps"])
    loop = LoopConfig(
        "adaptation",
        steps,
        config.seed,
        warmup_steps=min(30, steps // 10 + 1),
        average_decay=0.98,
        checkpoint_every=25,
        validate_every=0,
        sheet_every=0,
    )

    def report(done: int, total: int, losses: Mapping[str, float]) -> None:
        around.progress("learning", done, total)

    task = make_task(network)
    average = train(loop, task, work / TRAINING, report, around.cancelled)
    assert isinstance(average, EndoDepthNetwork)
    around.progress("judging", 0, 1)
    after = answers(average, judged, text)
    judgement = judge(before, after, judged, judged_teaching)
    picture = before_after_sheet(judged, rows, before.log_depth, after.log_depth)
    around.progress("judging", 1, 1)
    against = judgement.reasons_against
    outcome = Outcome(not against, "; ".join(against), judgement, found, steps, time.monotonic() - started_s)
    return end(outcome, average, picture)


def _motion(
    video: Video,
    content: np.ndarray,
    model: EndoDepthModel,
    camera: SourcedCamera,
    work: Path,
    settings: MotionSettings | None,
    around: Surroundings,
) -> Motion | MotionFailure:
    """Structure from motion of the video, or what an earlier run in this folder found of it."""
    if (work / MOTION_FILE).exists():
        return load_motion(work / MOTION_FILE)
    left_out = instrument_masks(model, content)
    found = estimate_motion(video, camera, content, left_out, settings, around.progress, around.cancelled)
    save_motion(work / MOTION_FILE, found)
    return found


def _clips(
    video: Video,
    content: np.ndarray,
    model: EndoDepthModel,
    camera: Camera,
    motion: Motion | MotionFailure,
    config: AdaptationConfig,
    around: Surroundings,
) -> tuple[AdaptationClip, AdaptationClip]:
    """The frames to learn from, and the same at the resolution in which the network is used."""
    if isinstance(motion, Motion):
        numbers = motion.trajectory.frame_indices.tolist()
        camera = motion.camera
    else:
        numbers = list(video.indices[:: max(1, round(len(video.indices) / _MOST_FRAMES))])
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        around.progress("reading frames", done, len(numbers))
        around.check()

    around.progress("reading frames", 0, len(numbers))
    frames = (video.read(number) for number in numbers)
    sizes = (config.pixels, model.network.config.input_pixels)
    learned, judged = read_clips(frames, camera, content, sizes, instrument_masks(model, content), told)
    return learned, judged


def _teaching(
    clip: AdaptationClip, motion: Motion | MotionFailure, config: AdaptationConfig, log_depth: np.ndarray
) -> Teaching | str:
    if isinstance(motion, Motion):
        return teaching_from_motion(clip, motion, config)
    height, width = clip.images.shape[1:3]
    return tracked_teaching(clip, resized_log_depth(log_depth, height, width), config)


def _steps_within(task: AdaptationTask, budget: Budget, started_s: float) -> int:
    """How many steps fit into what is left of the time, by the time that a few take; `task` is spoilt."""
    optimiser = torch.optim.AdamW([parameter for group in task.parameter_groups() for parameter in group.parameters])
    task.learner.train()
    times = []
    for step in range(_TIMED_STEPS):
        begun_s = time.monotonic()
        losses = task.learner(task.batch(step, Share()), task.network, step)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        times.append(time.monotonic() - begun_s)
    left_s = budget.minutes * 60.0 * (1.0 - _AFTERWARDS) - (time.monotonic() - started_s)
    return int(np.clip(left_s / float(np.median(times)), _LEAST_STEPS, _MOST_STEPS))


def _shown_rows(teaching: Teaching) -> np.ndarray:
    """A few of the frames that are held out, evenly spaced."""
    held_out = teaching.held_out
    return held_out[np.unique(np.linspace(0, len(held_out) - 1, _SHEET_ROWS).round().astype(int))]


def _part(clip: AdaptationClip, rows: np.ndarray) -> AdaptationClip:
    return replace(
        clip, images=clip.images[rows], usable=clip.usable[rows], moving=clip.moving[rows], frames=clip.frames[rows]
    )
