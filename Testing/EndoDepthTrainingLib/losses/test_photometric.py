"""SSIM, photometric error, the best neighbour and visibility against slow plain references, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from EndoDepthTrainingLib.losses import (
    photometric_error,
    photometric_loss,
    smallest_error,
    structural_similarity,
    visibility_mask,
)


def reflected(index: int, size: int) -> int:
    """Index of the pixel that a border mirrored at its centre shows."""
    if index < 0:
        return -index
    return 2 * (size - 1) - index if index >= size else index


def slow_ssim(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(C, H, W) of images (C, H, W), pixel by pixel, as Wang et al. 2004 write it."""
    channels, height, width = a.shape
    result = np.zeros(a.shape)
    for c in range(channels):
        for v in range(height):
            for u in range(width):
                places = [
                    (reflected(v + dv, height), reflected(u + du, width)) for dv in (-1, 0, 1) for du in (-1, 0, 1)
                ]
                x, y = (np.array([image[c, i, j] for i, j in places]) for image in (a, b))
                mx, my = x.mean(), y.mean()
                vx, vy, cov = ((x - mx) ** 2).mean(), ((y - my) ** 2).mean(), ((x - mx) * (y - my)).mean()
                c1, c2 = 0.0001, 0.0009
                result[c, v, u] = (2 * mx * my + c1) * (2 * cov + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return result


def slow_error(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(H, W) of images (C, H, W): equation 3."""
    ssim = slow_ssim(a, b)
    return np.mean([0.85 * np.clip((1 - ssim[c]) / 2, 0, 1) + 0.15 * np.abs(a[c] - b[c]) for c in range(len(a))], 0)


def pictures(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_similarity_and_error_are_those_of_the_slow_reference() -> None:
    a, b = pictures(0, 2, 3, 6, 7), pictures(1, 2, 3, 6, 7)
    for row in range(2):
        np.testing.assert_allclose(structural_similarity(a, b)[row], slow_ssim(a[row].numpy(), b[row].numpy()))
        np.testing.assert_allclose(photometric_error(a, b)[row, 0], slow_error(a[row].numpy(), b[row].numpy()))


def test_equal_pictures_have_no_error_and_the_gradient_is_right() -> None:
    a, b = pictures(0, 1, 3, 5, 5), pictures(1, 1, 3, 5, 5)
    assert float(photometric_error(a, a).abs().max()) < 1e-12
    assert torch.autograd.gradcheck(lambda x: photometric_error(x, b), [a.requires_grad_()])


def slow_loss(errors: np.ndarray, visible: np.ndarray, unmoved: np.ndarray, usable: np.ndarray) -> float:
    """Pixel by pixel: the smallest visible error where it beats every unmoved neighbour; means sample by sample."""
    means = []
    for b in range(len(errors)):
        kept = []
        for v in range(errors.shape[2]):
            for u in range(errors.shape[3]):
                seen = [errors[b, s, v, u] for s in range(errors.shape[1]) if visible[b, s, v, u]]
                if usable[b, 0, v, u] and seen and min(seen) < unmoved[b, :, v, u].min():
                    kept.append(min(seen))
        if kept:
            means.append(np.mean(kept))
    return float(np.mean(means)) if means else 0.0


def test_the_loss_is_that_of_the_slow_reference() -> None:
    errors, unmoved = pictures(2, 3, 2, 5, 6), pictures(3, 3, 2, 5, 6)
    rng = np.random.default_rng(4)
    visible, usable = (torch.from_numpy(rng.random(shape) < 0.6) for shape in ((3, 2, 5, 6), (3, 1, 5, 6)))
    usable[1] = False  # a sample of which nothing can be used takes no part
    expected = slow_loss(errors.numpy(), visible.numpy(), unmoved.numpy(), usable.numpy())
    assert expected > 0.05
    assert float(photometric_loss(errors, visible, unmoved, usable)) == pytest.approx(expected)
    assert float(photometric_loss(errors, visible, unmoved, torch.zeros_like(usable))) == 0.0
    assert torch.autograd.gradcheck(lambda x: photometric_loss(x, visible, unmoved, usable), [errors.requires_grad_()])


def test_what_one_neighbour_hides_another_shows() -> None:
    errors = torch.tensor([0.1, 0.5]).view(1, 2, 1, 1)
    smallest, shown = smallest_error(errors, torch.tensor([False, True]).view(1, 2, 1, 1))
    assert float(smallest) == 0.5 and bool(shown)
    smallest, shown = smallest_error(errors, torch.zeros(1, 2, 1, 1, dtype=torch.bool))
    assert float(smallest) == 0.0 and not bool(shown)


def test_what_does_not_move_is_not_counted() -> None:
    errors, seen = torch.full((1, 2, 1, 1), 0.2), torch.ones(1, 2, 1, 1, dtype=torch.bool)
    assert bool(visibility_mask(errors, seen, torch.full((1, 2, 1, 1), 0.3)))
    assert not bool(visibility_mask(errors, seen, torch.tensor([0.3, 0.1]).view(1, 2, 1, 1)))
