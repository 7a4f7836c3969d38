"""Edge-aware smoothness and semantic guidance against slow plain references, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from EndoDepthTrainingLib.losses import edge_aware_smoothness, mean_normalised, semantic_guidance


def slow_smoothness(inverse: np.ndarray, image: np.ndarray, usable: np.ndarray, labels: np.ndarray | None) -> float:
    """Sample by sample and pair by pair: |dx d| e^-|dx I| and |dy d| e^-|dy I| of d over its mean."""
    sums = []
    for step_v, step_u in ((0, 1), (1, 0)):
        means = []
        for b in range(len(inverse)):
            d = inverse[b, 0] / inverse[b, 0][usable[b, 0]].mean() if usable[b, 0].any() else inverse[b, 0]
            height, width = d.shape
            kept = []
            for v in range(height - step_v):
                for u in range(width - step_u):
                    here, there = (v, u), (v + step_v, u + step_u)
                    both = usable[b, 0][here] and usable[b, 0][there]
                    if labels is not None:
                        both = both and labels[b][here] == labels[b][there] and labels[b][here] > 0
                    if both:
                        edge = np.mean([abs(image[b, c][here] - image[b, c][there]) for c in range(3)])
                        kept.append(abs(d[here] - d[there]) * np.exp(-edge))
            if kept:
                means.append(np.mean(kept))
        sums.append(np.mean(means) if means else 0.0)
    return float(sum(sums))


@pytest.fixture
def case() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    inverse, image = torch.from_numpy(rng.uniform(0.1, 2, (3, 1, 6, 5))), torch.from_numpy(rng.random((3, 3, 6, 5)))
    labels = torch.from_numpy(rng.integers(0, 3, (3, 3, 3))).repeat_interleave(2, 1).repeat_interleave(2, 2)[:, :, :5]
    usable = torch.from_numpy(rng.random((3, 1, 6, 5)) < 0.85)
    usable[2] = False
    return inverse, image, labels, usable


def test_both_are_those_of_the_slow_reference(case: tuple[torch.Tensor, ...]) -> None:
    inverse, image, labels, usable = case
    plain = [each.numpy() for each in (inverse, image, usable)]
    expected = slow_smoothness(*plain, labels=None), slow_smoothness(*plain, labels=labels.numpy())
    assert min(expected) > 0.1 and expected[0] != pytest.approx(expected[1], rel=0.01)
    assert float(edge_aware_smoothness(inverse, image, usable)) == pytest.approx(expected[0])
    assert float(semantic_guidance(inverse, image, labels, usable)) == pytest.approx(expected[1])


def test_the_gradients_are_right(case: tuple[torch.Tensor, ...]) -> None:
    inverse, image, labels, usable = case
    inverse.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: edge_aware_smoothness(x, image, usable), [inverse])
    assert torch.autograd.gradcheck(lambda x: semantic_guidance(x, image, labels, usable), [inverse])


def test_a_jump_between_structures_costs_nothing_and_inside_one_it_does() -> None:
    inverse = torch.ones(1, 1, 4, 6)
    inverse[..., 3:] = 2.0
    image, usable = torch.zeros(1, 3, 4, 6), torch.ones(1, 1, 4, 6, dtype=torch.bool)
    two = torch.ones(1, 4, 6, dtype=torch.long)
    two[..., 3:] = 2
    assert float(semantic_guidance(inverse, image, two, usable)) == 0.0
    assert float(semantic_guidance(inverse, image, torch.ones_like(two), usable)) > 0.1
    assert float(semantic_guidance(inverse, image, torch.zeros_like(two), usable)) == 0.0  # no structure at all


def test_neither_depends_on_the_scale_of_depth(case: tuple[torch.Tensor, ...]) -> None:
    inverse, image, _, usable = case
    first, second = (edge_aware_smoothness(factor * inverse, image, usable) for factor in (1.0, 7.0))
    assert float(first) == pytest.approx(float(second))
    assert float(mean_normalised(inverse, usable)[0][usable[0]].mean()) == pytest.approx(1.0)
