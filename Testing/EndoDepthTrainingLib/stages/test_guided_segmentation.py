"""Stage 1: prompts in any number and order, an encoder that learns slower, a tower that does not, depth that stays."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from EndoDepthLib.networks import Checkpoint, EndoDepthNetwork, NetworkConfig
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.guided_segmentation import (
    GuidedSegmenter,
    depth_distance,
    guided_task,
    started_segmenter,
)
from EndoDepthTrainingLib.stages.loop import make_optimiser
from EndoDepthTrainingLib.stages.segmentation_task import (
    LABELLED,
    SegmentationConfig,
    SegmentationTask,
    mask_sheet,
)
from EndoDepthTrainingLib.text.guiding_tower import GuidingTower, shipped_tower

PROMPTS = ("liver", "gallbladder", "something new")
COLORS = ((200, 0, 0), (0, 200, 0), (0, 0, 200))


@pytest.fixture(scope="module")
def tower() -> GuidingTower:
    return shipped_tower()


@pytest.fixture(scope="module")
def start() -> Checkpoint:
    torch.manual_seed(0)
    config = NetworkConfig(
        pixel_dim=16, attention_dim=32, attention_heads=2, depth_channels=(8, 8, 8, 8, 8), segmentation_channels=16
    )
    vocabulary = load_vocabulary()
    return Checkpoint(EndoDepthNetwork(config, "imagenet").eval(), vocabulary.to_dict(), {}, "0" * 64)


@pytest.fixture(scope="module")
def frames() -> FrameSet:
    """Stripes whose colour is their structure."""
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.integers(0, 4, (6, 2)), 32, axis=1)[:, :, None].repeat(64, axis=2).astype(np.uint8)
    colors = np.array([(90, 60, 60), (170, 60, 50), (60, 150, 60), (60, 60, 170)], np.float32)
    images = np.clip(colors[labels] + rng.normal(0, 5, (6, 64, 64, 1)), 0, 255).astype(np.uint8)
    return FrameSet(images, None, labels, np.array(["a"] * 6))


def segmenter_of(start: Checkpoint, tower: GuidingTower, prompts: tuple[str, ...]) -> GuidedSegmenter:
    return started_segmenter(replace(start, network=copy.deepcopy(start.network)), tower, prompts, 4, 0)


def config_of(**changes: object) -> SegmentationConfig:
    batch = BatchConfig({LABELLED: 4}, ((64, 64),))
    return replace(SegmentationConfig("tiny", PROMPTS, context_tokens=4, batch=batch), **changes)


def run(task: SegmentationTask, steps: int) -> list[dict[str, float]]:
    optimiser = make_optimiser(task)
    task.learner.train()
    history = []
    for step in range(steps):
        losses = task.learner(task.batch(step, Share()), task.network, step)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        optimiser.zero_grad()
        history.append({name: float(loss.detach()) for name, loss in losses.items()})
    task.learner.eval()
    return history


def test_permuting_the_prompts_permutes_the_masks(start: Checkpoint, tower: GuidingTower, frames: FrameSet) -> None:
    images = torch.from_numpy(frames.images[:2]).permute(0, 3, 1, 2).float() / 255
    one, other = segmenter_of(start, tower, PROMPTS), segmenter_of(start, tower, PROMPTS[::-1])
    with torch.no_grad():
        one.prompts.context.add_(0.3)
        other.prompts.context.add_(0.3)
        a, b = one.eval()(images), other.eval()(images)
    assert torch.allclose(a[:, 1:], b[:, 1:].flip(1), atol=1e-4) and torch.allclose(a[:, 0], b[:, 0], atol=1e-4)
    assert segmenter_of(start, tower, PROMPTS[:1]).eval()(images).shape == (2, 2, 64, 64)


def test_known_prompts_start_from_the_vectors_of_the_start_weights(start: Checkpoint, tower: GuidingTower) -> None:
    vocabulary = load_vocabulary()
    text = segmenter_of(start, tower, PROMPTS).prompts().detach().numpy()
    assert vocabulary.embeddings is not None
    assert np.allclose(text[0], vocabulary.embeddings[vocabulary.index_of("liver")], atol=1e-5)
    assert np.allclose(text[2], tower.embed(tower.tokens(PROMPTS[2:], 0))[0], atol=1e-5)


def test_rates_and_what_learns(start: Checkpoint, tower: GuidingTower, frames: FrameSet) -> None:
    task = guided_task(config_of(), segmenter_of(start, tower, PROMPTS), frames, None, COLORS)
    name_of = {id(parameter): name for name, parameter in task.learner.named_parameters()}
    rate_from_name = {
        name_of[id(parameter)]: group.learning_rate
        for group in task.parameter_groups()
        for parameter in group.parameters
    }
    of_encoder = [rate for name, rate in rate_from_name.items() if ".encoder." in name]
    assert of_encoder == pytest.approx([1e-4] * len(of_encoder)) and of_encoder
    assert {rate for name, rate in rate_from_name.items() if ".encoder." not in name} == {1e-3}
    assert "segmenter.prompts.context" in rate_from_name
    assert not any("depth_decoder" in name or "tower" in name for name in rate_from_name)


def test_the_masks_are_learned_and_distillation_keeps_depth(
    start: Checkpoint, tower: GuidingTower, frames: FrameSet
) -> None:
    images = torch.from_numpy(frames.images).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        before = start.network.decode_depth(start.network.encode(images))
        assert float(depth_distance(before, before, images)) < 0.1  # only the confidence's entropy is left
    segmenter = segmenter_of(start, tower, PROMPTS)
    task = guided_task(config_of(depth_kept=2.0, learning_rate=5e-3), segmenter, frames, frames, COLORS)
    with torch.no_grad():  # as if the encoder had left the depth decoder behind
        for block in segmenter.network.depth_decoder.parameters():
            block.add_(0.3 * torch.randn(block.shape, generator=torch.Generator().manual_seed(1)))
    history = run(task, 10)
    assert set(history[0]) == {"masks", "scores", "depth_kept"}
    for loss in ("masks", "depth_kept"):
        assert np.mean([each[loss] for each in history[-3:]]) < 0.75 * np.mean([each[loss] for each in history[:2]])
    assert 0.0 <= task.validate(segmenter, 10)["dice"] <= 1.0
    assert mask_sheet(segmenter, frames.subset(np.arange(2)), COLORS).shape == (128, 192, 3)
