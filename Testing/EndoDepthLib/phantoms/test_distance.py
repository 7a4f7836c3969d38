"""Shapes against exact distances, and noise fields against their own definition."""

from __future__ import annotations

import numpy as np
import torch

from EndoDepthLib.phantoms.distance import box, capsule, ellipsoid, ring_tube, smooth_maximum, smooth_minimum
from EndoDepthLib.phantoms.fields import NoiseVolume, SineField
from EndoDepthLib.phantoms.tracing import normals, trace

POINTS = torch.tensor(np.random.default_rng(0).uniform(-20, 20, size=(200, 3)), dtype=torch.float32)


def test_a_sphere_is_exact() -> None:
    center, radius = torch.tensor([1.0, -2.0, 3.0]), 5.0
    expected = (POINTS - center).norm(dim=1) - radius
    torch.testing.assert_close(ellipsoid(POINTS, center, torch.full((3,), radius)), expected, atol=1e-4, rtol=1e-4)


def test_a_capsule_is_exact() -> None:
    start, end = torch.zeros(3), torch.tensor([0.0, 0.0, 10.0])
    nearest = torch.stack([torch.zeros(200), torch.zeros(200), POINTS[:, 2].clamp(0, 10)], dim=1)
    expected = (POINTS - nearest).norm(dim=1) - 2.0
    torch.testing.assert_close(capsule(POINTS, start, end, 2.0, 2.0), expected, atol=1e-4, rtol=1e-4)


def test_a_ring_is_exact_and_counts_its_arc() -> None:
    distance, arc = ring_tube(POINTS, torch.zeros(3), torch.eye(3), 8.0, 2.0)
    flat = POINTS[:, [0, 2]].norm(dim=1) - 8.0
    torch.testing.assert_close(distance, torch.hypot(flat, POINTS[:, 1]) - 2.0, atol=1e-3, rtol=1e-3)
    assert arc.abs().max() <= 8.0 * np.pi + 1e-3


def test_a_rounded_box_is_zero_on_its_faces() -> None:
    faces = torch.tensor([[4.0, 0.0], [-4.0, 1.0], [0.0, 6.0]])
    assert box(faces, torch.tensor([4.0, 6.0]), 1.0).abs().max() < 1e-5


def test_smooth_unions_stay_below_and_return_to_the_sharp_ones() -> None:
    a, b = POINTS[:, 0], POINTS[:, 1]
    joined = smooth_minimum(a, b, 2.0)
    assert (joined <= torch.minimum(a, b) + 1e-6).all()
    far = (a - b).abs() > 2.0
    torch.testing.assert_close(joined[far], torch.minimum(a, b)[far])
    torch.testing.assert_close(smooth_maximum(a, b, 2.0), -smooth_minimum(-a, -b, 2.0))


def test_noise_is_periodic_and_its_gradient_is_its_slope() -> None:
    noise = NoiseVolume.shaped(np.random.default_rng(1), torch.device("cpu"), size=24)
    torch.testing.assert_close(noise(POINTS, 1.0), noise(POINTS + 24.0, 1.0), atol=2e-3, rtol=1e-3)
    nodes = torch.round(POINTS)  # at the nodes interpolation adds nothing
    step = torch.tensor([1.0, 0.0, 0.0])
    slope = (noise(nodes + step, 1.0)[0] - noise(nodes - step, 1.0)[0]) / 2.0
    agreement = np.corrcoef(slope.numpy(), noise(nodes, 1.0)[1].numpy())[0, 1]
    assert agreement > 0.95


def test_a_sine_field_has_about_the_size_it_was_asked_for() -> None:
    field = SineField.sample(np.random.default_rng(2), torch.device("cpu"), 5.0, 0.7, waves=16)
    assert 0.35 < field(POINTS * 10).std() < 1.1


def test_a_traced_sphere_has_the_right_lengths_and_normals() -> None:
    def sphere(points: torch.Tensor) -> torch.Tensor:
        return ellipsoid(points, torch.tensor([0.0, 0.0, 30.0]), torch.full((3,), 10.0))

    u, v = torch.meshgrid(torch.linspace(-0.5, 0.5, 33), torch.linspace(-0.4, 0.4, 27), indexing="xy")
    directions = torch.nn.functional.normalize(torch.stack([u, v, torch.ones_like(u)], dim=2), dim=2)
    lengths, met = trace(sphere, torch.zeros(3), directions, 0.1, 100.0, 1.0)
    along = directions[..., 2] * 30.0
    discriminant = along**2 - (900.0 - 100.0)
    assert (met == (discriminant > 0))[discriminant.abs() > 2.0].all()
    hit = met & (discriminant > 20.0)  # grazing rays amplify the tolerance
    torch.testing.assert_close(lengths[hit], (along - discriminant.clamp(min=0).sqrt())[hit], rtol=2e-3, atol=0.0)
    points = (lengths[..., None] * directions)[hit]
    expected = (points - torch.tensor([0.0, 0.0, 30.0])) / 10.0
    torch.testing.assert_close(normals(sphere, points, torch.full((len(points),), 0.01)), expected, atol=0.02, rtol=0.0)
