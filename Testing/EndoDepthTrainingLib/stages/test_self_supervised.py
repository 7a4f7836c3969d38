"""Stage 2 as a task of the loop: its losses, what gets gradients, and that depth gets better on a rendered video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from moving_camera.two_planes import CAMERA, poses, view

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, SequenceFrame, read_clip
from EndoDepthTrainingLib.geometry import inverse_rigid
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.motion_assessment import depth_figures
from EndoDepthTrainingLib.stages.self_supervised import SelfSupervisedTask, held_out_frames
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig

SMALL = NetworkConfig(
    text_dim=8, pixel_dim=8, attention_dim=32, depth_channels=(32, 16, 16, 8, 8), input_pixels=64 * 64
)


@pytest.fixture(scope="module")
def clip() -> MotionClip:
    views = [view(pose) for pose in poses(24)]
    content = np.ones((CAMERA.height, CAMERA.width), bool)
    frames = [SequenceFrame(picture, depth) for picture, depth in views]
    labels = np.zeros((24, 64, 64), np.uint8)
    labels[:, :32] = 1
    return replace(read_clip("planes", frames, content, CAMERA, True, (64, 64)), stride=2, labels=labels)


def make_task(config: SelfSupervisedConfig, clip: MotionClip, text: torch.Tensor | None = None) -> SelfSupervisedTask:
    torch.manual_seed(0)
    return SelfSupervisedTask(config, EndoDepthNetwork(SMALL), [clip], text)


def test_every_part_learns_from_its_losses(clip: MotionClip) -> None:
    config = SelfSupervisedConfig(batch=2, calibrated_after=1, masks=0.2, scales=2)
    task = make_task(config, replace(clip, camera_known=False), torch.eye(3, 8))
    names = []
    for step in (0, 1):  # before and after brightness is calibrated
        losses = task.learner(task.batch(step, Share()), task.network, step)
        names.append(list(losses))
        assert all(bool(torch.isfinite(loss)) for loss in losses.values())
        task.learner.zero_grad()
        sum(losses.values()).backward()
    assert names[0] == names[1]
    parts = {name.split(".")[0] for name, p in task.learner.named_parameters() if p.grad is not None and p.grad.any()}
    assert parts >= {"network", "pose", "flow", "appearance"}
    grouped = {id(p) for group in task.parameter_groups() for p in group.parameters}
    assert grouped == {id(p) for p in task.learner.parameters() if p.requires_grad}


def test_without_guidance_or_calibration_nothing_of_them_is_computed_into_the_loss(clip: MotionClip) -> None:
    task = make_task(SelfSupervisedConfig(batch=2, scales=1, guidance=0.0, calibration=False), clip)
    losses = task.learner(task.batch(0, Share()), task.network, 0)
    assert set(losses) == {"photometric", "smoothness", "guidance"} and not losses["guidance"].detach().any()
    assert task.learner.flow is None and task.learner.appearance is None


def test_poses_begin_at_rest_and_the_frame_before_is_the_inverse_way(clip: MotionClip) -> None:
    task = make_task(SelfSupervisedConfig(batch=2, calibration=False), clip)
    seen = task.batch(0, Share()).seen
    assert torch.equal(task.learner.poses(seen), torch.eye(4).expand(2, 2, 4, 4))
    torch.nn.init.normal_(task.learner.pose.head.weight)
    task.learner.eval()
    later = torch.stack([seen[:, 0], seen[:, 0], seen[:, 1]], dim=1)  # the same two frames as target and the one after
    before_from_target, target_from_before = task.learner.poses(seen)[:, 0], task.learner.poses(later)[:, 1]
    assert not torch.allclose(before_from_target, torch.eye(4).expand(2, 4, 4))
    assert torch.allclose(inverse_rigid(before_from_target), target_from_before, atol=1e-5)


def test_held_out_frames_are_neither_targets_nor_neighbours(clip: MotionClip) -> None:
    apart = held_out_frames(clip, 6)
    assert len(apart) and set(apart) <= set(clip.targets)
    task = make_task(SelfSupervisedConfig(held_out_every=6, calibration=False), clip)
    for _, target in task._batches._choices:
        assert not {target - 2, target, target + 2} & set(apart)


def test_the_loop_trains_it_and_the_photometric_error_falls(clip: MotionClip, tmp_path: Path) -> None:
    config = SelfSupervisedConfig(
        batch=4, scales=1, calibration=False, learning_rate=2e-3, training_learning_rate=2e-3, held_out_every=6
    )
    task = make_task(config, clip)
    history: list[float] = []
    loop = LoopConfig("planes", 14, warmup_steps=2, validate_every=14, sheet_every=14, average_decay=0.5)
    average = train(loop, task, tmp_path, lambda done, steps, losses: history.append(losses["photometric"]))
    assert np.mean(history[-4:]) < 0.9 * np.mean(history[:2])
    figures = depth_figures(average, task.clips, task.held_out)
    assert set(figures) == {"abs_rel", "delta_1", "constant_abs_rel"} and figures["constant_abs_rel"] > 0.03
    assert list((tmp_path / "sheets").glob("*.png")) or list(tmp_path.rglob("*.png"))
