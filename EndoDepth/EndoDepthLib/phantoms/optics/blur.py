"""Gaussian, directional and resampling filters on (C, H, W) images, cheap on one CPU thread and on the GPU."""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as functional
from torch import Tensor

_LARGEST_SIGMA_FULL = 2.0  # wider blurs are made on a reduced image: the result has no detail to lose


@functools.lru_cache(maxsize=64)
def _gaussian_taps(sigma: float, device: torch.device) -> Tensor:
    reach = max(1, math.ceil(2.5 * sigma))
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32, device=device)
    taps = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return taps / taps.sum()


def _separable(image: Tensor, sigma: float) -> Tensor:
    taps = _gaussian_taps(round(sigma, 3), image.device)
    reach = taps.numel() // 2
    planes = functional.pad(image[:, None], (reach, reach, reach, reach), mode="replicate")
    planes = functional.conv2d(planes, taps.view(1, 1, 1, -1))
    return functional.conv2d(planes, taps.view(1, 1, -1, 1))[:, 0]


def gaussian_blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (C, H, W) by `sigma` pixels, edges replicated; unchanged below 0.2 px."""
    if sigma < 0.2:
        return image
    height, width = image.shape[-2:]
    factor = 1
    while sigma / factor > _LARGEST_SIGMA_FULL and min(height, width) // (2 * factor) >= 4:
        factor *= 2
    if factor == 1:
        return _separable(image, min(sigma, (min(height, width) - 1) / 2.5))
    small = functional.avg_pool2d(image[None], factor, ceil_mode=True, count_include_pad=False)[0]
    small = _separable(small, sigma / factor)
    full = functional.interpolate(small[None], scale_factor=factor, mode="bilinear", align_corners=False)[0]
    return full[:, :height, :width]


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Bilinear resize of (C, H, W), pixel edges aligned, smoothed first when it shrinks."""
    shrinks = height < image.shape[-2] or width < image.shape[-1]
    return functional.interpolate(
        image[None], size=(height, width), mode="bilinear", align_corners=False, antialias=shrinks
    )[0]


def streak(image: Tensor, length_px: float, angle_rad: float) -> Tensor:
    """Motion blur: mean of (C, H, W) over a straight path of `length_px` pixels, centred."""
    count = int(round(length_px)) + 1
    if count < 2:
        return image
    reach = math.ceil(length_px / 2)
    height, width = image.shape[-2:]
    padded = functional.pad(image[None], (reach, reach, reach, reach), mode="replicate")[0]
    total = torch.zeros_like(image)
    for step in range(count):
        along = (step / (count - 1) - 0.5) * length_px
        row = reach + int(round(along * math.sin(angle_rad)))
        column = reach + int(round(along * math.cos(angle_rad)))
        total += padded[:, row : row + height, column : column + width]
    return total.div_(count)


def magnify(plane: Tensor, scale: float) -> Tensor:
    """(H, W) magnified about the image centre by `scale` (near 1), bilinear, edges replicated."""
    for axis in (0, 1):
        size = plane.shape[axis]
        centre = (size - 1) / 2
        source = (torch.arange(size, dtype=torch.float32, device=plane.device) - centre) / scale + centre
        source = source.clamp_(0, size - 1)
        first = source.floor().clamp_(max=max(size - 2, 0))
        weight = source - first
        index = first.long()
        weight = weight[:, None] if axis == 0 else weight[None, :]
        low = plane.index_select(axis, index)
        high = plane.index_select(axis, (index + 1).clamp_(max=size - 1))
        plane = low.lerp_(high, weight)
    return plane
