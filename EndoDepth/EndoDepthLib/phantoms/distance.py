"""Signed distances of the shapes phantoms are made of: (N, 3) mm -> (N,) mm, positive in free space."""

from __future__ import annotations

import torch
from torch import Tensor


def length(vectors: Tensor) -> Tensor:
    """Euclidean length (N,) of vectors (N, 2 or 3), written out: quicker than a reduction over a short axis."""
    first, *others = vectors.unbind(1)
    squares = first * first
    for other in others:
        squares += other * other
    return squares.sqrt_()


def normalized(vectors: Tensor) -> Tensor:
    """Vectors (N, 3) at length one."""
    return vectors / length(vectors).clamp(min=1e-9)[:, None]


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Scalar product (N,) of vectors (N, 3), or of (N, 3) with one vector (3,)."""
    (ax, ay, az), (bx, by, bz) = a.unbind(1), b.unbind(-1)
    product = ax * bx
    product += ay * by
    product += az * bz
    return product


def smooth_minimum(a: Tensor, b: Tensor, radius_mm: float) -> Tensor:
    """Union of two solids with a fillet of about `radius_mm` (polynomial smooth minimum)."""
    return torch.minimum(a, b).sub_(_fillet(a, b, radius_mm))


def smooth_maximum(a: Tensor, b: Tensor, radius_mm: float) -> Tensor:
    """Intersection of two solids (or union of two cavities) with a rounded edge."""
    return torch.maximum(a, b).add_(_fillet(a, b, radius_mm))


def _fillet(a: Tensor, b: Tensor, radius_mm: float) -> Tensor:
    """What a fillet adds (N,) where two surfaces at distances a and b (N,) meet."""
    h = torch.rsub((a - b).abs_(), radius_mm).clamp_(min=0.0).div_(radius_mm)
    return h.mul_(h).mul_(radius_mm * 0.25)


def ellipsoid(points: Tensor, center: Tensor, axes_mm: Tensor, rotation: Tensor | None = None) -> Tensor:
    """Distance to an ellipsoid (first-order accurate, exact for spheres); rotation (3, 3) local_from_world."""
    local = points - center
    if rotation is not None:
        local = (rotation @ local.T).T
    in_axes = local.div_(axes_mm)
    scaled = length(in_axes)
    gradient = length(in_axes.div_(axes_mm)).clamp_(min=1e-9)
    return torch.where(scaled > 1e-4, (scaled - 1.0).mul_(scaled).div_(gradient), -axes_mm.min())


def capsule(points: Tensor, start: Tensor, end: Tensor, radius_start_mm: float, radius_end_mm: float) -> Tensor:
    """Distance to a line segment thickened by a radius that changes linearly along it."""
    axis = end - start
    local = points - start
    along = dot(local, axis / (axis @ axis)).clamp_(0.0, 1.0)
    offset = length(local.addcmul_(along[:, None], axis, value=-1.0))
    if radius_start_mm == radius_end_mm:
        return offset.sub_(radius_start_mm)
    return offset.sub_(along.mul_(radius_end_mm - radius_start_mm).add_(radius_start_mm))


def ring_tube(
    points: Tensor, center: Tensor, rotation: Tensor, ring_mm: float, radius_mm: float
) -> tuple[Tensor, Tensor]:
    """Distance to a torus, and the arc length (N,) mm round its ring; rotation (3, 3) local_from_world."""
    local = rotation @ (points - center).T
    x, y, z = local[0], local[1], local[2]
    off_ring = torch.sqrt(x * x + z * z + 1e-9) - ring_mm
    return torch.sqrt(off_ring * off_ring + y * y) - radius_mm, torch.atan2(z, x) * ring_mm


def box(points: Tensor, half_sizes_mm: Tensor, rounding_mm: float) -> Tensor:
    """Distance to an axis-aligned rounded box at the origin, in as many dimensions as `points` has columns."""
    q = points.abs() - (half_sizes_mm - rounding_mm)
    inside = torch.maximum(q[:, 0], q[:, 1])
    if q.shape[1] == 3:
        inside = torch.maximum(inside, q[:, 2])
    return length(q.clamp(min=0.0)) + inside.clamp(max=0.0) - rounding_mm
