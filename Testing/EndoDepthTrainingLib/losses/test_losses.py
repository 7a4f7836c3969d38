"""Losses against slow references in NumPy, and what must not change them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from EndoDepthTrainingLib.losses import (
    IGNORE,
    NOT_CLASS,
    confidence_loss,
    gradient_matching,
    label_cross_entropy,
    median_absolute_log,
    scale_invariant_log,
)
from EndoDepthTrainingLib.losses.confidence import depth_is_right
from EndoDepthTrainingLib.losses.depth import log_of_target


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    predicted, target = (torch.randn((2, 1, 9, 11), generator=generator) for _ in range(2))
    return predicted, target, torch.rand((2, 1, 9, 11), generator=generator) > 0.3


def test_scale_invariant_log_is_the_standard_deviation_of_the_log_error(pair):
    predicted, target, valid = pair
    expected = np.mean([(p - t)[v].numpy().std() for p, t, v in zip(predicted, target, valid, strict=True)])
    assert scale_invariant_log(predicted, target, valid).item() == pytest.approx(expected, abs=2e-3)
    rms = np.mean([np.sqrt(((p - t)[v].numpy() ** 2).mean()) for p, t, v in zip(predicted, target, valid, strict=True)])
    assert scale_invariant_log(predicted, target, valid, 1.0).item() == pytest.approx(rms, abs=2e-3)


@pytest.mark.parametrize("loss", [scale_invariant_log, gradient_matching, median_absolute_log])
def test_depth_losses_ignore_scale_unknown_pixels_and_vanish_at_truth(loss, pair):
    predicted, target, valid = pair
    value = loss(predicted, target, valid)
    assert loss(predicted + math.log(7.0), target, valid).item() == pytest.approx(value.item(), rel=1e-4)
    hidden = torch.where(valid, target, torch.full_like(target, torch.nan))
    assert loss(predicted, hidden, valid).item() == pytest.approx(value.item(), rel=1e-6)
    assert loss(target, target, valid).item() == pytest.approx(0.0, abs=1e-6)
    assert loss(predicted, target, torch.zeros_like(valid)).item() == 0.0


@pytest.mark.parametrize("loss", [scale_invariant_log, gradient_matching, median_absolute_log])
def test_a_step_against_the_gradient_lowers_the_loss(loss, pair):
    predicted, target, valid = pair
    start = predicted.clone().requires_grad_(True)
    before = loss(start, target, valid)
    (slope,) = torch.autograd.grad(before, start)
    assert torch.isfinite(slope).all()
    assert loss(predicted - 0.01 * slope, target, valid) < before
    assert (slope[~valid] == 0).all()


def test_median_absolute_log_is_the_mean_distance_from_the_median_error(pair):
    predicted, target, valid = pair
    errors = [(p - t)[v] for p, t, v in zip(predicted, target, valid, strict=True)]
    expected = np.mean([(e - e.median()).abs().mean().item() for e in errors])
    assert median_absolute_log(predicted, target, valid).item() == pytest.approx(expected, rel=1e-5)


def test_gradient_matching_counts_both_directions_at_every_scale(pair):
    predicted, target, valid = pair
    expected = 0.0
    for step in (1, 2):
        per_image = []
        for image in range(2):
            e = (predicted - target)[image, 0, ::step, ::step].numpy()
            v = valid[image, 0, ::step, ::step].numpy()
            steps = [
                abs(e[y, x + 1] - e[y, x])
                for y, x in np.ndindex(*e.shape)
                if x + 1 < e.shape[1] and v[y, x] and v[y, x + 1]
            ]
            steps += [
                abs(e[y + 1, x] - e[y, x])
                for y, x in np.ndindex(*e.shape)
                if y + 1 < e.shape[0] and v[y, x] and v[y + 1, x]
            ]
            per_image.append(np.mean(steps))
        expected += np.mean(per_image)
    assert gradient_matching(predicted, target, valid, 2).item() == pytest.approx(expected, rel=1e-5)


def test_the_target_is_centred_on_its_median_and_unknown_depth_is_not_valid():
    depth = torch.tensor([[[[1.0, 2.0, 4.0, torch.nan, 0.0]]]])
    log_depth, valid = log_of_target(depth)
    assert valid.tolist() == [[[[True, True, True, False, False]]]]
    assert torch.allclose(log_depth[0, 0, 0, :3], torch.tensor([0.5, 1.0, 2.0]).log())


def test_confidence_is_taught_whether_depth_is_right_and_does_not_bend_it():
    target = torch.zeros((1, 1, 1, 5))
    log_depth = torch.tensor([[[[0.5, 0.5, 0.5, 0.55, 0.7]]]], requires_grad=True)
    valid = torch.ones_like(target, dtype=torch.bool)
    assert depth_is_right(log_depth, target, valid).flatten().tolist() == [True, True, True, True, False]
    logit = torch.zeros((1, 1, 1, 5), requires_grad=True)
    confidence_loss(logit, log_depth, target, valid).backward()
    assert log_depth.grad is None
    assert logit.grad is not None and (logit.grad.flatten() < 0).tolist() == [True, True, True, True, False]


def test_cross_entropy_of_full_partial_and_missing_labels():
    logits = torch.randn((1, 4, 2, 2), generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([[[0, 2], [NOT_CLASS + 3, IGNORE]]], dtype=torch.uint8)
    p = logits.softmax(dim=1)[0].numpy()
    losses = [-np.log(p[0, 0, 0]), -np.log(p[2, 0, 1]), -np.log(1 - p[3, 1, 0])]
    assert label_cross_entropy(logits, labels).item() == pytest.approx(np.mean(losses), rel=1e-5)
    weights = torch.tensor([1.0, 1.0, 3.0, 1.0])
    assert label_cross_entropy(logits, labels, weights).item() == pytest.approx(
        np.average(losses, weights=[1, 3, 1]), rel=1e-5
    )
    assert label_cross_entropy(logits, torch.full_like(labels, IGNORE)).item() == 0.0
