"""Contrastive pre-training: the loss against a slow reference, its gradient, and that pictures find their captions."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.datasets.augmentation import AugmentationConfig
from EndoDepthTrainingLib.losses.contrastive import image_text_contrast
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.contrastive import ContrastiveTask, captions

SMALL = NetworkConfig(text_dim=8, pixel_dim=8, attention_dim=32, depth_channels=(16, 16, 8, 8, 8), input_pixels=64 * 64)


def unit(seed: int, *shape: int) -> torch.Tensor:
    vectors = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return functional.normalize(vectors, dim=1)


def test_the_loss_is_that_of_a_slow_reference_and_its_gradient_is_right() -> None:
    images, texts = unit(0, 5, 8), unit(1, 5, 8)
    texts[3] = texts[1]  # two pictures with one caption are not told apart
    a, b = images.numpy(), texts.numpy()
    logits = np.array([[a[i] @ b[j] / 0.07 for j in range(5)] for i in range(5)])
    rivals = [[j for j in range(5) if j == i or not np.allclose(b[i], b[j])] for i in range(5)]
    there = np.mean([-logits[i, i] + np.log(sum(np.exp(logits[i, j]) for j in rivals[i])) for i in range(5)])
    back = np.mean([-logits[i, i] + np.log(sum(np.exp(logits[j, i]) for j in rivals[i])) for i in range(5)])
    assert float(image_text_contrast(images, texts)) == pytest.approx((there + back) / 2)
    assert torch.autograd.gradcheck(lambda x: image_text_contrast(x, texts, 1.0), [images.requires_grad_()])


def test_a_caption_names_what_is_shown() -> None:
    text = torch.eye(3)
    labels = torch.zeros(3, 4, 4, dtype=torch.uint8)
    labels[0, 0], labels[1, :2], labels[1, 2:] = 2, 1, 3
    said = captions(labels, text)
    assert torch.allclose(said[0], text[1]) and torch.allclose(said[1], torch.tensor([0.5, 0, 0.5]).sqrt())
    assert torch.allclose(said[2], torch.full((3,), 3**-0.5))


def test_it_learns_and_leaves_the_decoders_alone(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(1, 4, dtype=np.uint8), 4)[:, None, None].repeat(64, 1).repeat(64, 2)
    colors = np.array([[200, 60, 50], [60, 200, 50], [50, 60, 200]], np.uint8)
    images = colors[labels - 1]
    frames = FrameSet(images, None, labels, np.repeat("rendered", 12))
    torch.manual_seed(0)
    network = EndoDepthNetwork(SMALL)
    before = {name: value.clone() for name, value in network.depth_decoder.state_dict().items()}
    as_they_are = AugmentationConfig(*[0.0] * len(fields(AugmentationConfig)))  # here colour is all that tells apart
    batch = BatchConfig({"labelled": 6}, ((64, 64),), as_they_are)
    task = ContrastiveTask("contrast", network, frames, torch.eye(3, 8), batch)
    history: list[float] = []
    loop = LoopConfig("contrast", 12, warmup_steps=1, validate_every=0, sheet_every=0)
    train(loop, task, tmp_path, lambda done, steps, losses: history.append(losses["contrast"]))
    assert np.mean(history[-3:]) < 0.5 * np.mean(history[:3]), history
    assert all(torch.equal(before[name], value) for name, value in network.depth_decoder.state_dict().items())
