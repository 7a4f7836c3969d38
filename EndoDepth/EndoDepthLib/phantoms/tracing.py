"""Sphere tracing with cone marching: where does each pixel's ray meet the tissue? (Hart 1996.)"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import normalized

DistanceFunction = Callable[[Tensor], Tensor]

_COARSE = 4
_COARSE_STEPS = 40
_FINE_STEPS = 80
_RELATIVE_TOLERANCE = 5e-4
_LINEAR_RANGE = 0.008  # of the ray's length: nearer to a surface than this, its distance is taken for linear
_LONGEST_JUMP = 4.0  # times the distance
_LEAST_ACTIVE_SHARE = 2000  # grazing rays fewer than one in so many are settled as they stand, or given up


def trace(
    distance: DistanceFunction, origin: Tensor, directions: Tensor, near_mm: float, far_mm: float, cautious: float
) -> tuple[Tensor, Tensor]:
    """Ray length (H, W) mm to the first surface, and whether one was met (H, W) bool.

    origin (3,); directions (H, W, 3) unit. `cautious` in (0, 1] scales every step, for distance functions whose slope
    may exceed one. Cones of 4 x 4 pixels march first; single rays start where their cone met something.
    """
    height, width = directions.shape[:2]
    rays = columns_of(directions.permute(2, 0, 1).reshape(3, -1))
    blocks = directions.permute(2, 0, 1)[None]
    coarse = torch.nn.functional.avg_pool2d(blocks, _COARSE, ceil_mode=True, count_include_pad=False)[0]
    rows, columns = coarse.shape[1:]
    coarse_directions = torch.nn.functional.normalize(coarse.reshape(3, -1), dim=0).T
    # The cone of a block is as wide as the widest step between neighbouring rays, to its corner.
    spread = (directions[:, 1:] - directions[:, :-1]).norm(dim=2).max() if width > 1 else directions.new_tensor(0.01)
    opening = float(spread) * _COARSE * 0.75
    start = _march_cones(distance, origin, coarse_directions, near_mm, far_mm, cautious, opening)
    lengths = start.view(rows, 1, columns, 1).expand(rows, _COARSE, columns, _COARSE)
    lengths = lengths.reshape(rows * _COARSE, columns * _COARSE)[:height, :width].reshape(-1).clone()
    lengths, met = _march_rays(distance, origin, rays, lengths, far_mm, cautious)
    return lengths.view(height, width), met.view(height, width)


def columns_of(stacked: Tensor) -> Tensor:
    """Points (N, 3) stored as three contiguous columns, from (3, N): arithmetic on such points vectorises well."""
    return stacked.contiguous().T


def _march_cones(
    distance: DistanceFunction,
    origin: Tensor,
    directions: Tensor,
    near_mm: float,
    far_mm: float,
    cautious: float,
    opening: float,
) -> Tensor:
    lengths = torch.full((len(directions),), near_mm, device=origin.device)
    for _ in range(_COARSE_STEPS):
        free = distance(origin + lengths[:, None] * directions) - opening * lengths
        lengths = torch.where(free > 0, (lengths + free * cautious).clamp(max=far_mm), lengths)
        # The last few cones only start their rays a little early; marching on for them alone is not worth a step.
        if int(((free > 0) & (lengths < far_mm)).sum()) * 100 < len(lengths):
            break
    return (lengths * 0.995).clamp(min=near_mm)


def _march_rays(
    distance: DistanceFunction, origin: Tensor, directions: Tensor, lengths: Tensor, far_mm: float, cautious: float
) -> tuple[Tensor, Tensor]:
    met = torch.zeros_like(lengths, dtype=torch.bool)
    active = torch.arange(len(lengths), device=lengths.device)
    rays = directions.T
    here, last_gap, last_step = lengths.clone(), None, None
    for _ in range(_FINE_STEPS):
        gap = distance(origin + here[:, None] * rays.T)
        done = gap.abs() < _RELATIVE_TOLERANCE * here
        step = gap * cautious
        if last_gap is not None and last_step is not None:
            # Close to a surface the distance is linear along the ray: its secant reaches the surface where steps as
            # long as the distance only creep towards it. Longer jumps could leap through a thin fold.
            shrink = ((last_gap - gap) / last_step).clamp(min=1.0 / _LONGEST_JUMP)
            secant = gap / torch.where(torch.isfinite(shrink), shrink, 1.0)
            step = torch.where(gap.abs() < _LINEAR_RANGE * here, secant, step)
        moved = (here + step).clamp(max=far_mm)
        lengths[active] = moved
        met[active[done]] = True
        # Rays that arrived or left rest; the few that graze go on.
        going = (~done & (moved < far_mm)).nonzero().squeeze(1)
        active = active[going]
        if len(active) * _LEAST_ACTIVE_SHARE <= len(lengths):
            break
        here, last_gap, last_step, rays = moved[going], gap[going], step[going], rays[:, going]
    if len(active):
        gap = distance(origin + lengths[active, None] * directions.T[:, active].T)
        met[active[gap.abs() < 0.01 * lengths[active]]] = True
    return lengths, met


def normals(distance: DistanceFunction, points: Tensor, step_mm: Tensor) -> Tensor:
    """Unit normals (N, 3) into free space at points (N, 3), by tetrahedral differences with step (N,) mm."""
    corners = points.new_tensor([[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
    gradient = torch.zeros_like(points)
    for corner in corners:
        gradient += corner * distance(points + step_mm[:, None] * corner)[:, None]
    return normalized(gradient)
