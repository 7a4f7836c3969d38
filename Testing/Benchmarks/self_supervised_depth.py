"""Depth and pose learned from a phantom video without any truth, beside the supervised network on the same video.

    python Testing/Benchmarks/self_supervised_depth.py --output runs/self-supervised [--scene colon] [--seed 3]
        [--frames 60] [--steps 1500] [--batch 4] [--width 128] [--height 96] [--calibration] [--json FILE]

Both networks start from the ImageNet encoder with an untrained depth decoder, see the same frames, and do the same
number of steps with batches of the same size. Every twelfth frame (as target, with its neighbours) is learned from by
neither, and measured on: AbsRel and d<1.25 after per-image median scaling, beside a constant. PoseNet's motion from
frame to frame (a stride apart) is chained to a path: ATE by evo after similarity alignment, in percent of the path,
beside standing still and going straight ahead. A run that was ended goes on in the same folder.

Exit code 1 when AbsRel is more than 1.5 times the supervised one's, or ATE 10 % of the path or more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmark_arguments import add_picture_size, benchmark_parser
from phantom_motion import PhantomVideo, phantom_video

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthLib.phantoms import ClipSettings
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.results import atomic_write
from EndoDepthLib.values import Trajectory
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.evaluation.trajectories import PREDICTION, compare_trajectories
from EndoDepthTrainingLib.losses import IGNORE
from EndoDepthTrainingLib.stages import LoopConfig, StageConfig, SupervisedTask, train
from EndoDepthTrainingLib.stages.motion_assessment import depth_figures
from EndoDepthTrainingLib.stages.self_supervised import SelfSupervisedTask
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig

IMAGENET = "imagenet"
MOST_RATIO, MOST_ATE = 1.5, 0.10


def main() -> int:
    """Render, train both, measure; 1 when an aim is missed."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder of the run; goes on there")
    parser.add_argument("--scene", default="colon")
    parser.add_argument("--seed", type=int, default=3, help="of the phantom")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--frame-step", type=float, default=2.0, help="frames of camera motion between two pictures")
    parser.add_argument("--optics", type=float, default=0.3, help="strength of the phantom's optics, 0 to 1")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--scales", type=int, default=4, help="of depth that are supervised")
    parser.add_argument("--calibration", action="store_true", help="calibrate brightness by the two flows")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    add_picture_size(parser, 128, 96)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    settings = ClipSettings(
        arguments.scene,
        arguments.frames,
        arguments.seed,
        arguments.width,
        arguments.height,
        optics_strength=arguments.optics,
        frame_step=arguments.frame_step,
    )
    video = phantom_video(settings, arguments.output / "video")
    pixels = arguments.width * arguments.height
    task = self_supervised_task(video, pixels, arguments)
    loop = LoopConfig("self-supervised", arguments.steps, checkpoint_every=20, validate_every=100, sheet_every=100)
    own = train(loop, task, arguments.output / "self-supervised")
    assert isinstance(own, EndoDepthNetwork)
    apart = task.held_out
    figures: dict[str, Any] = {"self-supervised": depth_figures(own, [video.clip], apart)}
    figures["poses"] = pose_figures(task, video)
    taught = supervised(video, pixels, np.concatenate(apart), arguments)
    figures["supervised"] = depth_figures(taught, [video.clip], apart)
    figures["ratio"] = figures["self-supervised"]["abs_rel"] / figures["supervised"]["abs_rel"]
    if arguments.json:
        atomic_write(arguments.json, json.dumps(figures, indent=1) + "\n")
    return report(figures)


def self_supervised_task(video: PhantomVideo, pixels: int, arguments: Any) -> SelfSupervisedTask:
    """Stage 2 on the video, from ImageNet."""
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(input_pixels=pixels), IMAGENET)
    config = SelfSupervisedConfig(
        batch=arguments.batch,
        scales=arguments.scales,
        guidance=0.0,
        calibration=arguments.calibration,
        calibrated_after=arguments.steps // 5,
    )
    return SelfSupervisedTask(config, network, [video.clip], training_weights=IMAGENET)


def supervised(video: PhantomVideo, pixels: int, apart: np.ndarray, arguments: Any) -> EndoDepthNetwork:
    """The same network taught by the true depth of the same frames; labels are not taught."""
    clip = video.clip
    assert clip.depth is not None
    labels = np.full(clip.labels.shape, IGNORE, np.uint8)
    frames = FrameSet(clip.images, clip.depth.astype(np.float16), labels, np.full(len(clip), arguments.scene))
    hidden = {number + shift for number in apart.tolist() for shift in (-clip.stride, 0, clip.stride)}
    learned = frames.subset(np.array([number for number in range(len(clip)) if number not in hidden]))
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(input_pixels=pixels), IMAGENET)
    config = StageConfig(
        "supervised",
        arguments.steps,
        batch=BatchConfig({"phantoms": arguments.batch}, (clip.images.shape[1:3],)),
        checkpoint_every=20,
        validate_every=0,
        sheet_every=0,
    )
    task = SupervisedTask(config, network, {"phantoms": learned}, load_vocabulary())
    average = train(config.loop, task, arguments.output / "supervised")
    assert isinstance(average, EndoDepthNetwork)
    return average


@torch.inference_mode()
def pose_figures(task: SelfSupervisedTask, video: PhantomVideo) -> dict[str, dict[str, float]]:
    """ATE in percent of the path, and in mm, of PoseNet's path and of the trivial answers."""
    learner = task.learner.eval()
    numbers = np.arange(0, len(video.clip), video.clip.stride)
    poses = [np.eye(4)]
    for earlier, later in zip(numbers[:-1], numbers[1:], strict=True):
        pair = torch.from_numpy(video.clip.images[[earlier, later]]).permute(0, 3, 1, 2).float() / 255.0
        motion = learner.later_from_earlier(pair[:1], pair[1:])[0].double().numpy()
        poses.append(poses[-1] @ np.linalg.inv(motion))
    found = compare_trajectories(Trajectory(video.poses[numbers], numbers), Trajectory(np.stack(poses), numbers))
    return {
        name: {"ate_percent": 100.0 * each.ate_of_path, "ate_mm": each.ate_rmse_mm, "path_mm": each.path_mm}
        for name, each in found.items()
    }


def report(figures: dict[str, Any]) -> int:
    """Print, and say whether the aims are met."""
    own, taught = figures["self-supervised"], figures["supervised"]
    print(f"{'':18}  AbsRel  d<1.25   (constant: AbsRel {own['constant_abs_rel']:.4f})")
    for name, each in (("self-supervised", own), ("supervised", taught)):
        print(f"{name:18}  {each['abs_rel']:.4f}  {each['delta_1']:.4f}")
    print(f"AbsRel ratio {figures['ratio']:.2f} (aim: at most {MOST_RATIO})")
    for name, each in figures["poses"].items():
        print(f"{name:34}  ATE {each['ate_percent']:.1f} % of {each['path_mm']:.0f} mm")
    ate = figures["poses"][PREDICTION]["ate_percent"]
    print(f"PoseNet's ATE {ate:.1f} % of the path (aim: below {100 * MOST_ATE:.0f} %)")
    return int(figures["ratio"] > MOST_RATIO or ate >= 100 * MOST_ATE)


if __name__ == "__main__":
    sys.exit(main())
