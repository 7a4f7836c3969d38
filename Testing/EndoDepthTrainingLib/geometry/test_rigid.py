"""Rigid motion from twists: OpenCV's rotations, group axioms, gradients at rest."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from EndoDepthTrainingLib.geometry import inverse_rigid, rigid_from_twist, rotation_from_axis_angle


def twists(count: int) -> torch.Tensor:
    return torch.randn(count, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_rotations_are_opencvs() -> None:
    vectors = torch.cat([twists(8)[:, :3], 1e-4 * twists(4)[:, :3], 1e-9 * twists(4)[:, :3], torch.zeros(1, 3)])
    for vector, rotation in zip(vectors, rotation_from_axis_angle(vectors), strict=True):
        np.testing.assert_allclose(rotation, cv2.Rodrigues(vector.numpy())[0], atol=1e-12)


def test_transforms_turn_then_move_and_have_inverses() -> None:
    transforms = rigid_from_twist(twists(5))
    np.testing.assert_allclose(transforms[:, :3, 3], twists(5)[:, 3:])
    np.testing.assert_allclose(inverse_rigid(transforms) @ transforms, np.tile(np.eye(4), (5, 1, 1)), atol=1e-12)
    np.testing.assert_allclose(torch.linalg.det(transforms), np.ones(5))


def test_no_twist_is_the_identity_and_has_a_gradient() -> None:
    still = torch.zeros(2, 6, dtype=torch.float64, requires_grad=True)
    np.testing.assert_array_equal(rigid_from_twist(still).detach(), np.tile(np.eye(4), (2, 1, 1)))
    assert torch.autograd.gradcheck(rigid_from_twist, [still])
    assert torch.autograd.gradcheck(rigid_from_twist, [twists(2).requires_grad_()])
    rigid_from_twist(still).sum().backward()
    assert bool(torch.isfinite(still.grad).all()) and bool((still.grad[:, 3:] == 1).all())
