"""What trains optical flow and appearance flow, against slow plain references, and the gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from EndoDepthTrainingLib.geometry import warp_by_flow
from EndoDepthTrainingLib.losses import (
    appearance_consistency,
    calibrated,
    flow_smoothness,
    mutually_visible,
    photometric_error,
    registration_loss,
    residual_smoothness,
)


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def mask(seed: int, *shape: int) -> torch.Tensor:
    return random(seed, *shape) < 0.8


def sample_means(values: list[list[float]]) -> float:
    kept = [np.mean(each) for each in values if each]
    return float(np.mean(kept)) if kept else 0.0


def slow_bilinear(image: np.ndarray, u: float, v: float) -> np.ndarray:
    """(C,) of an image (C, H, W); outside, the edge's."""
    u, v = min(max(u, 0), image.shape[2] - 1), min(max(v, 0), image.shape[1] - 1)
    left, top = min(int(u), image.shape[2] - 2), min(int(v), image.shape[1] - 2)
    a, b = u - left, v - top
    upper = (1 - a) * image[:, top, left] + a * image[:, top, left + 1]
    return (1 - b) * upper + b * ((1 - a) * image[:, top + 1, left] + a * image[:, top + 1, left + 1])


def slow_differences(values: np.ndarray, guide: np.ndarray, counted: np.ndarray) -> float:
    """Sum over both directions; values (B, C, H, W), guide (B, G, H, W), counted (B, 1, H, W)."""
    result = 0.0
    for step in ((0, 1), (1, 0)):
        samples: list[list[float]] = []
        for b in range(len(values)):
            kept = []
            for v in range(values.shape[2] - step[0]):
                for u in range(values.shape[3] - step[1]):
                    here, there = (v, u), (v + step[0], u + step[1])
                    if counted[b, 0][here] and counted[b, 0][there]:
                        edge = np.mean([abs(channel[here] - channel[there]) for channel in guide[b]])
                        kept += [abs(channel[here] - channel[there]) * np.exp(-edge) for channel in values[b]]
            samples.append(kept)
        result += sample_means(samples)
    return result


def test_warping_by_flow_is_that_of_the_slow_reference() -> None:
    image, flow = random(0, 1, 2, 5, 6), 6 * random(1, 1, 2, 5, 6) - 3
    warped, inside = warp_by_flow(image, flow)
    for v in range(5):
        for u in range(6):
            x, y = u + float(flow[0, 0, v, u]), v + float(flow[0, 1, v, u])
            np.testing.assert_allclose(warped[0, :, v, u], slow_bilinear(image[0].numpy(), x, y), atol=1e-12)
            assert bool(inside[0, 0, v, u]) == (-0.5 < x < 5.5 and -0.5 < y < 4.5)
    assert torch.autograd.gradcheck(lambda a, b: warp_by_flow(a, b)[0], [image.requires_grad_(), flow.requires_grad_()])


def test_registration_is_the_mean_photometric_error_of_what_counts() -> None:
    registered, target, counted = random(0, 2, 3, 5, 6), random(1, 2, 3, 5, 6), mask(2, 2, 1, 5, 6)
    error = photometric_error(registered, target).numpy()  # checked by itself
    expected = sample_means([error[b, 0][counted[b, 0].numpy()].tolist() for b in range(2)])
    assert float(registration_loss(registered, target, counted)) == pytest.approx(expected)
    assert torch.autograd.gradcheck(lambda x: registration_loss(x, target, counted), [registered.requires_grad_()])


def test_flow_smoothness_is_that_of_the_slow_reference() -> None:
    flow, image, usable = 4 * random(0, 2, 2, 5, 6), random(1, 2, 3, 5, 6), mask(2, 2, 1, 5, 6)
    expected = slow_differences(flow.numpy(), image.numpy(), usable.numpy())
    assert float(flow_smoothness(flow, image, usable)) == pytest.approx(expected)
    assert torch.autograd.gradcheck(lambda x: flow_smoothness(x, image, usable), [flow.requires_grad_()])


def test_the_appearance_losses_are_those_of_the_slow_references() -> None:
    appearance, target, registered = random(0, 2, 3, 5, 6) - 0.5, random(1, 2, 3, 5, 6), random(2, 2, 3, 5, 6)
    counted = mask(3, 2, 1, 5, 6)
    a, t, r, c = (each.numpy() for each in (appearance, target, registered, counted))
    gaps = [
        [abs(t[b, k, v, u] + a[b, k, v, u] - r[b, k, v, u]) for k in range(3) for v, u in np.argwhere(c[b, 0])]
        for b in range(2)
    ]
    assert float(appearance_consistency(target, appearance, registered, counted)) == pytest.approx(sample_means(gaps))
    expected = slow_differences(a, np.abs(t - r).mean(axis=1, keepdims=True), c)
    assert float(residual_smoothness(appearance, target, registered, counted)) == pytest.approx(expected)
    appearance.requires_grad_()
    for loss in (
        lambda x: appearance_consistency(target, x, registered, counted),
        lambda x: residual_smoothness(x, target, registered, counted),
    ):
        assert torch.autograd.gradcheck(loss, [appearance])


def test_brightness_calibration_moves_no_picture() -> None:
    registered = random(2, 1, 3, 4, 4).requires_grad_()
    everywhere = torch.ones(1, 1, 4, 4, dtype=torch.bool)
    appearance = torch.zeros(1, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    appearance_consistency(random(1, 1, 3, 4, 4), appearance, registered, everywhere).backward()
    assert registered.grad is None and appearance.grad is not None


def test_a_calibrated_picture_is_i_plus_c_where_it_may_be() -> None:
    image, appearance = torch.full((1, 3, 1, 3), 0.5), torch.tensor([0.25, 0.25, 0.75]).expand(1, 3, 1, 3)
    where = torch.tensor([True, False, True]).view(1, 1, 1, 3)
    assert calibrated(image, appearance, where)[0, 0, 0].tolist() == [0.75, 0.5, 1.0]


def test_a_pixel_is_mutually_visible_when_the_way_back_leads_to_it() -> None:
    there = torch.zeros(1, 2, 8, 8)
    there[:, 0] = 2.0
    back = -there
    visible = mutually_visible(there, back)[0, 0]
    assert bool(visible[:, :6].all()) and not bool(visible[:, 6:].any())  # the last two columns leave the picture
    back[:, 0, :, 4:] = 0.0  # something else is now in front
    visible = mutually_visible(there, back)[0, 0]
    assert bool(visible[:, :2].all()) and not bool(visible[:, 2:].any())
