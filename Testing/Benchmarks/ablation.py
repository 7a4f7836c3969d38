"""The paper's ablation on phantom videos: four initialisations of the depth encoder, each with and without L_s.

    python Testing/Benchmarks/ablation.py --output runs/ablation [--steps 1500] [--seeds 3] [--document FILE]

Initialisations: random; ImageNet; contrastive (ImageNet, then whole phantom pictures against the names of what they
show: our stand-in for raw CLIP, which is not at hand); stage 1 (ImageNet, then text-guided segmentation of the same
pictures). Everything else is alike: the depth decoder starts anew, PoseNet from ImageNet (random for "random"), the
same videos, batches and steps of self-supervised training, and the same masks M for L_s: those stage 1 gives. Seeds
change the fresh weights and the batches. Figures are of frames that nothing was learned from, after per-image median
scaling; depth is in mm.

Every run is done once and goes on where it was ended; the document says how many of them are finished, and is written
after each.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ablation_document import document
from benchmark_arguments import add_picture_size, benchmark_parser
from phantom_motion import PhantomVideo, phantom_video

from EndoDepthLib.evaluation import DepthEvaluation, DepthReference
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthLib.phantoms import LABELS, ClipSettings
from EndoDepthLib.results import atomic_write
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.contrastive import ContrastiveTask
from EndoDepthTrainingLib.stages.guided_segmentation import GuidedSegmenter, fresh_segmenter, guided_task
from EndoDepthTrainingLib.stages.motion_assessment import predicted_depth
from EndoDepthTrainingLib.stages.segmentation_task import LABELLED, SegmentationConfig, mask_probabilities
from EndoDepthTrainingLib.stages.self_supervised import SelfSupervisedTask
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig
from EndoDepthTrainingLib.text.guiding_tower import shipped_tower

INITIALISATIONS = ("random", "ImageNet", "contrastive", "stage 1")
SCENES = ("colon", "laparoscopy")
VIDEO_SEED, PICTURE_SEEDS = 3, (21, 22, 23)
GUIDANCE = 1e-2
PROMPTS = LABELS[1:]
_COLORS = tuple((40 * (n % 6) + 30, 60 * (n % 4) + 30, 90 * (n % 3) + 30) for n in range(len(PROMPTS)))


@dataclass(frozen=True)
class Budget:
    """What each run may cost, for the document."""

    width: int
    height: int
    frames: int
    steps: int
    batch: int
    scales: int
    pretraining_steps: int
    pretraining_pictures: int
    seeds: int
    calibration: bool


def main() -> int:
    """Every run that is not done yet."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder of the runs; goes on there")
    parser.add_argument("--document", type=Path, help="Markdown file to write the table to")
    parser.add_argument("--frames", type=int, default=60, help="of each video")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--scales", type=int, default=2)
    parser.add_argument("--pretraining-steps", type=int, default=400)
    parser.add_argument("--pretraining-frames", type=int, default=10, help="of each scene and seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--calibration", action="store_true", help="calibrate brightness by the two flows")
    parser.add_argument("--threads", type=int, default=1)
    add_picture_size(parser, 128, 96)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    pictures = len(SCENES) * len(PICTURE_SEEDS) * arguments.pretraining_frames
    budget = Budget(
        arguments.width,
        arguments.height,
        arguments.frames,
        arguments.steps,
        arguments.batch,
        arguments.scales,
        arguments.pretraining_steps,
        pictures,
        arguments.seeds,
        arguments.calibration,
    )
    folder: Path = arguments.output
    frames = pretraining_pictures(folder, budget, arguments.pretraining_frames)
    segmenter = guided(folder, frames, budget)
    contrastive = contrasted(folder, frames, budget)
    encoders = {"contrastive": contrastive.encoder.state_dict(), "stage 1": segmenter.network.encoder.state_dict()}
    clips = [masked(video(folder, scene, VIDEO_SEED, budget, budget.frames), segmenter) for scene in SCENES]
    results: list[dict[str, Any]] = []
    for seed in range(budget.seeds):  # a whole seed at a time: an unfinished night still compares all
        for initialisation in INITIALISATIONS:
            for guidance in (False, True):
                results.append(run(folder, initialisation, guidance, seed, clips, encoders, budget))
                text = document(results, constant_figures(clips), asdict(budget), INITIALISATIONS)
                for target in filter(None, (folder / "ablation.md", arguments.document)):
                    atomic_write(target, text)
    print(text)
    return 0


def video(folder: Path, scene: str, seed: int, budget: Budget, frames: int) -> PhantomVideo:
    """A rendered video with a stride that its motion asks for."""
    return phantom_video(clip_settings(scene, seed, budget, frames, 2.0), folder / "videos")


def clip_settings(scene: str, seed: int, budget: Budget, frames: int, frame_step: float) -> ClipSettings:
    """Of a rendered video, or of pictures far apart."""
    return ClipSettings(scene, frames, seed, budget.width, budget.height, optics_strength=0.3, frame_step=frame_step)


def pretraining_pictures(folder: Path, budget: Budget, count: int) -> FrameSet:
    """Pictures with labels, of scenes that no video of the comparison shows."""
    kinds = [clip_settings(scene, seed, budget, count, 12.0) for scene in SCENES for seed in PICTURE_SEEDS]
    parts = [phantom_video(kind, folder / "videos", stride=1) for kind in kinds]
    images = np.concatenate([part.clip.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    groups = np.concatenate([np.full(len(part.clip), part.clip.name) for part in parts])
    return FrameSet(images, None, labels, groups)


def guided(folder: Path, frames: FrameSet, budget: Budget) -> GuidedSegmenter:
    """Stage 1: text-guided segmentation of the pictures."""
    shape = NetworkConfig(input_pixels=budget.width * budget.height)
    segmenter = fresh_segmenter(shape, shipped_tower(), PROMPTS, 8, 0)
    batch = BatchConfig({LABELLED: 8}, ((budget.height, budget.width),))
    task = guided_task(SegmentationConfig("stage-1", PROMPTS, batch=batch), segmenter, frames, None, _COLORS)
    loop = LoopConfig("stage-1", budget.pretraining_steps, validate_every=0, sheet_every=0, average_decay=0.98)
    average = train(loop, task, folder / "stage-1")
    assert isinstance(average, GuidedSegmenter)
    return average


def contrasted(folder: Path, frames: FrameSet, budget: Budget) -> EndoDepthNetwork:
    """Contrastive pre-training on the same pictures, for as many steps."""
    tower = shipped_tower()
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(input_pixels=budget.width * budget.height), "imagenet")
    text = tower.embed(tower.tokens(PROMPTS, 0)).detach()
    batch = BatchConfig({LABELLED: 8}, ((budget.height, budget.width),))
    task = ContrastiveTask("contrastive", network, frames, text, batch)
    loop = LoopConfig("contrastive", budget.pretraining_steps, validate_every=0, sheet_every=0, average_decay=0.98)
    average = train(loop, task, folder / "contrastive")
    assert isinstance(average, EndoDepthNetwork)
    return average


def masked(shown: PhantomVideo, segmenter: GuidedSegmenter) -> MotionClip:
    """The video with the masks that stage 1 gives, M of L_s for every initialisation alike."""
    labels = mask_probabilities(segmenter.eval(), shown.clip.images).argmax(axis=1).astype(np.uint8)
    return replace(shown.clip, labels=labels)


def run(
    folder: Path,
    initialisation: str,
    guidance: bool,
    seed: int,
    clips: list[MotionClip],
    encoders: dict[str, Any],
    budget: Budget,
) -> dict[str, Any]:
    """The figures of one run, which is done once."""
    name = f"{initialisation.replace(' ', '-')}-{'with' if guidance else 'without'}-{seed}"
    file = folder / name / "figures.json"
    settings = {"initialisation": initialisation, "guidance": guidance, "seed": seed, **asdict(budget)}
    if file.is_file():
        done: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if {key: done.get(key) for key in settings} == settings:
            return done
        raise SystemExit(f"{file} is of another budget; give another --output")
    torch.manual_seed(1000 + seed)
    start = None if initialisation == "random" else "imagenet"
    network = EndoDepthNetwork(NetworkConfig(input_pixels=budget.width * budget.height), start)
    if initialisation in encoders:
        network.encoder.load_state_dict(encoders[initialisation])
    config = SelfSupervisedConfig(
        name,
        seed,
        budget.batch,
        budget.scales,
        guidance=GUIDANCE if guidance else 0.0,
        calibration=budget.calibration,
        calibrated_after=budget.steps // 5,
    )
    task = SelfSupervisedTask(config, network, clips, training_weights=start)
    loop = LoopConfig(name, budget.steps, seed, checkpoint_every=20, validate_every=0, sheet_every=budget.steps)
    average = train(loop, task, folder / name)
    assert isinstance(average, EndoDepthNetwork)
    result = {**settings, **figures(average, clips, task.held_out)}
    atomic_write(file, json.dumps(result, indent=1) + "\n")
    return result


def figures(network: EndoDepthNetwork, clips: list[MotionClip], apart: list[np.ndarray]) -> dict[str, float]:
    """The paper's five metrics on the frames held out, the mean over frames."""
    evaluation = DepthEvaluation()
    for clip, rows in zip(clips, apart, strict=True):
        assert clip.depth is not None
        for row, depth in zip(rows.tolist(), predicted_depth(network, clip.images[rows]), strict=True):
            truth = clip.depth[row].astype(np.float64)
            evaluation.add(DepthReference(f"{clip.name} {row}", truth, clip.images[row]), depth)
    return metrics(evaluation, "prediction")


def constant_figures(clips: list[MotionClip]) -> dict[str, float]:
    """What a constant depth scores on all frames."""
    evaluation = DepthEvaluation()
    for clip in clips:
        assert clip.depth is not None
        for row, truth in enumerate(clip.depth.astype(np.float64)):
            evaluation.add(DepthReference(f"{clip.name} {row}", truth, clip.images[row]), np.ones_like(truth))
    return metrics(evaluation, "prediction")


def metrics(evaluation: DepthEvaluation, answer: str) -> dict[str, float]:
    """AbsRel, SqRel, RMSE, RMSElog and d<1.25 by name."""
    means = evaluation.means()[answer]
    return {name: getattr(means, name) for name in ("abs_rel", "sq_rel", "rmse", "rmse_log", "delta_1")}


if __name__ == "__main__":
    sys.exit(main())
