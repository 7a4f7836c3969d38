"""Gaussian, directional and resampling filters on (C, H, W) images, cheap on one CPU thread and on the GPU."""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as functional
from torch import Tensor

_LARGEST_SIGMA_FULL = 1.5  # wider blurs are made on a reduced image: the result has no detail to lose


@functools.lru_cache(maxsize=256)
def _gaussian_taps(sigma: float) -> list[float]:
    reach = max(1, math.ceil(2.3 * sigma))
    taps = [math.exp(-0.5 * (offset / sigma) ** 2) for offset in range(-reach, reach + 1)]
    return [tap / sum(taps) for tap in taps]


def _separable(image: Tensor, sigma: float) -> Tensor:
    """Sums of shifted views: on the CPU five times as fast as a convolution with one channel."""
    taps = _gaussian_taps(sigma)
    reach = len(taps) // 2
    for axis, padding in ((2, (reach, reach, 0, 0)), (1, (0, 0, reach, reach))):
        size = image.shape[axis]
        padded = functional.pad(image[None], padding, mode="replicate")[0]
        image = padded.narrow(axis, 0, size) * taps[0]
        for offset, tap in enumerate(taps[1:], start=1):
            image.add_(padded.narrow(axis, offset, size), alpha=tap)
    return image


def gaussian_blur(image: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of (C, H, W) by `sigma` pixels, edges replicated; unchanged below 0.2 px."""
    if sigma < 0.2:
        return image
    height, width = image.shape[-2:]
    factor = 1
    while sigma / factor > _LARGEST_SIGMA_FULL and min(height, width) // (2 * factor) >= 4:
        factor *= 2
    if factor == 1:
        return _separable(image, sigma)
    small = functional.avg_pool2d(image[None], factor, ceil_mode=True, count_include_pad=False)[0]
    # Averaging (f^2 / 12) and bilinear enlargement (f^2 / 6) widen the blur by themselves.
    small = _separable(small, math.sqrt((sigma / factor) ** 2 - 0.25))
    full = functional.interpolate(small[None], scale_factor=factor, mode="bilinear", align_corners=False)[0]
    return full[:, :height, :width]


def resize(image: Tensor, height: int, width: int) -> Tensor:
    """Bilinear resize of (C, H, W), pixel edges aligned, smoothed first when it shrinks."""
    shrinks = height < image.shape[-2] or width < image.shape[-1]
    return functional.interpolate(
        image[None], size=(height, width), mode="bilinear", align_corners=False, antialias=shrinks
    )[0]


@functools.lru_cache(maxsize=32)
def _cubic_weights(target: int, source: int, device: torch.device) -> Tensor:
    """(target, source): weights of a bicubic enlargement along one axis."""
    rows = torch.eye(source, device=device)[None, None]
    return functional.interpolate(rows, size=(target, source), mode="bicubic", align_corners=False)[0, 0]


def enlarge_smoothly(pattern: Tensor, height: int, width: int) -> Tensor:
    """Bicubic enlargement of a small (C, h, w) pattern, as two matrix products."""
    rows = _cubic_weights(height, pattern.shape[-2], pattern.device)
    columns = _cubic_weights(width, pattern.shape[-1], pattern.device)
    return rows @ (pattern @ columns.T)


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
