"""Crops, zooms, turns and flips of whole batches, the same for image, depth and labels."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.losses import IGNORE

MAX_ZOOM = 1.7
MIN_ZOOM = 0.9
STRETCH = 0.2
TILT_DEG = 15.0


def sample_grids(count: int, source: tuple[int, int], target: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Random views: a grid (B, h, w, 2) for grid_sample (align_corners=False).

    Each view is a window of the source (H, W) seen at the target size: zoom MIN_ZOOM..MAX_ZOOM against the largest
    window that fits, small tilt and stretch, horizontal flip in half, vertical flip and quarter turn now and then.
    """

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator)

    def sign(probability: float) -> Tensor:
        return torch.where(torch.rand(count, generator=generator) < probability, -1.0, 1.0)

    height, width = target
    fit = min(source[0] / height, source[1] / width)
    step = fit / torch.exp(uniform(math.log(MIN_ZOOM), math.log(MAX_ZOOM)))
    stretch = torch.exp(STRETCH * uniform(-0.5, 0.5))
    quarter = torch.where(torch.rand(count, generator=generator) < 0.15, math.pi / 2, 0.0)
    angle = math.radians(TILT_DEG) * uniform(-1, 1) + quarter
    across, down = step * stretch * sign(0.5), step / stretch * sign(0.15)
    cos, sin = angle.cos(), angle.sin()
    matrix = torch.stack(
        [torch.stack([cos * across, -sin * down], -1), torch.stack([sin * across, cos * down], -1)], -2
    )
    # The window may move as far as it stays inside the source; where it does not fit it stays in the middle.
    half = torch.stack(
        [
            (matrix[:, 0, 0].abs() * width + matrix[:, 0, 1].abs() * height) / 2,
            (matrix[:, 1, 0].abs() * width + matrix[:, 1, 1].abs() * height) / 2,
        ],
        -1,
    )
    room = (torch.tensor([source[1], source[0]]) / 2 - half).clamp(min=0)
    centre = room * torch.stack([uniform(-1, 1), uniform(-1, 1)], -1)
    y = torch.arange(height) - (height - 1) / 2
    x = torch.arange(width) - (width - 1) / 2
    pixels = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2)
    points = torch.einsum("bij,nj->bni", matrix, pixels) + centre[:, None]
    grid = points / (torch.tensor([source[1], source[0]]) / 2)
    return grid.view(count, height, width, 2)


def view(images: Tensor, depth: Tensor, labels: Tensor, grid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Images (B, 3, H, W) bilinear; depth (B, 1, H, W) and labels (B, H, W) uint8 by nearest pixel, through one grid.

    Outside the source: black, NaN and IGNORE.
    """
    seen = functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    # Zero padding must come out as "unknown": depth 0 is none, and labels are shifted so that 0 means outside.
    known = torch.cat([depth.nan_to_num(0.0), labels[:, None].float() + 1], dim=1)
    nearest = functional.grid_sample(known, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    new_depth = torch.where(nearest[:, :1] > 0, nearest[:, :1], torch.nan)
    new_labels = torch.where(nearest[:, 1] > 0, nearest[:, 1] - 1, float(IGNORE)).to(torch.uint8)
    return seen, new_depth, new_labels
