"""Rigid motion as six numbers: a rotation vector and a translation."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def rotation_from_axis_angle(vector: Tensor) -> Tensor:
    """(B, 3, 3) rotations about axes (B, 3), as long as the angles in radians (Rodrigues' formula); smooth at 0."""
    squared = (vector * vector).sum(dim=1)
    tiny = squared < 1e-12
    angle = torch.where(tiny, torch.ones_like(squared), squared).sqrt()
    # torch.sinc(x) is sin(pi x) / (pi x). Near 0 the series takes over: a square root has no gradient there.
    sine = torch.where(tiny, 1.0 - squared / 6.0, torch.sinc(angle / math.pi))
    cosine = torch.where(tiny, 0.5 - squared / 24.0, 0.5 * torch.sinc(angle / (2.0 * math.pi)) ** 2)
    x, y, z = vector.unbind(dim=1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)
    identity = torch.eye(3, dtype=vector.dtype, device=vector.device)
    with torch.autocast(vector.device.type, enabled=False):
        squared_skew = skew @ skew
    return identity + sine[:, None, None] * skew + cosine[:, None, None] * squared_skew


def rigid_from_twist(twist: Tensor) -> Tensor:
    """(B, 4, 4) transforms of (B, 6): rotation vector in radians, then translation, which is applied after it."""
    rotation = rotation_from_axis_angle(twist[:, :3])
    last = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=twist.dtype, device=twist.device).expand(len(twist), 1, 4)
    return torch.cat([torch.cat([rotation, twist[:, 3:, None]], dim=2), last], dim=1)


def inverse_rigid(transform: Tensor) -> Tensor:
    """(B, 4, 4) inverses of rigid transforms (B, 4, 4)."""
    turned_back = transform[:, :3, :3].transpose(1, 2)
    with torch.autocast(transform.device.type, enabled=False):
        translation = -(turned_back @ transform[:, :3, 3:])
    return torch.cat([torch.cat([turned_back, translation], dim=2), transform[:, 3:]], dim=1)
