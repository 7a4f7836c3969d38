"""Changes of colour, light and sharpness that leave depth and labels as they are; whole batches at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Uniform = Callable[..., Tensor]
"""uniform(low, high, *shape) -> (B, *shape): one batch of random numbers."""

_YIQ_FROM_RGB = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


@dataclass(frozen=True)
class AugmentationConfig:
    """Probability per image of each change, and its strength."""

    exposure_stops: float = 0.7
    gamma: float = 0.35
    hue_deg: float = 25.0
    channel_gain: float = 0.2
    recolor: float = 0.2
    light: float = 0.25
    highlights: float = 0.2
    highlight_removal: float = 0.2
    blur: float = 0.2
    noise: float = 0.4
    discs: float = 0.15


def augment_colors(images: Tensor, config: AugmentationConfig, generator: torch.Generator) -> Tensor:
    """New images (B, 3, H, W) float32 in 0..1 of the same scenes under other light, colour, optics and occluders.

    Black pixels (border, burnt-in background) stay black up to noise. Random numbers come from `generator` only.
    """
    count = len(images)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand((count, *shape), generator=generator)

    def chosen(probability: float) -> Tensor:
        return (torch.rand((count, 1, 1, 1), generator=generator) < probability).float()

    images = torch.where(chosen(config.highlight_removal) > 0, _without_highlights(images), images)
    gamma = torch.exp(config.gamma * uniform(-1, 1, 1, 1, 1))
    images = images.clamp(1e-4, 1).pow(gamma)
    images = torch.einsum("bij,bjhw->bihw", _color_matrices(config, uniform), images)
    images = images * _smooth_gain(images, chosen(config.recolor), uniform)
    images = images * _light_cone(images, chosen(config.light), uniform)
    images = _add_highlights(images, chosen(config.highlights), uniform)
    images = _blurred(images, uniform(0.3, 1.6, 1) * chosen(config.blur).flatten(1))
    images = _with_discs(images, chosen(config.discs), uniform)
    noise = torch.randn(images.shape, generator=generator) * uniform(0.0, 0.04, 1, 1, 1) * chosen(config.noise)
    return (images + noise).clamp(0, 1)


def _color_matrices(config: AugmentationConfig, uniform: Uniform) -> Tensor:
    """(B, 3, 3): exposure, saturation and hue (a rotation in YIQ), gain per channel."""
    angle = math.radians(config.hue_deg) * uniform(-1, 1)
    saturation = uniform(0.5, 1.4)
    cos, sin = angle.cos() * saturation, angle.sin() * saturation
    zero, one = torch.zeros_like(angle), torch.ones_like(angle)
    turn = torch.stack([one, zero, zero, zero, cos, -sin, zero, sin, cos], dim=-1).view(-1, 3, 3)
    matrix = torch.linalg.inv(_YIQ_FROM_RGB) @ turn @ _YIQ_FROM_RGB
    gain = torch.exp2(config.exposure_stops * uniform(-1, 1, 1, 1)) * (1 + config.channel_gain * uniform(-1, 1, 3, 1))
    return matrix * gain


def _smooth_gain(images: Tensor, chosen: Tensor, uniform: Uniform) -> Tensor:
    """A gain per channel that varies slowly over the picture: colour must not stand for distance."""
    coarse = torch.exp(0.6 * uniform(-1, 1, 3, 4, 5))
    gain = functional.interpolate(coarse, images.shape[-2:], mode="bilinear", align_corners=False)
    return torch.lerp(torch.ones_like(gain), gain, chosen)


def _light_cone(images: Tensor, chosen: Tensor, uniform: Uniform) -> Tensor:
    """A bright disc with a dark surround (a light cone) or its opposite: a dark border must not stand for distance."""
    height, width = images.shape[-2:]
    y = torch.linspace(-1, 1, height)[:, None] * height / max(height, width)
    x = torch.linspace(-1, 1, width)[None] * width / max(height, width)
    radius = torch.hypot(x - uniform(-0.5, 0.5, 1, 1), y - uniform(-0.5, 0.5, 1, 1))[:, None]
    edge = torch.sigmoid((uniform(0.4, 1.1, 1, 1, 1) - radius) / uniform(0.05, 0.4, 1, 1, 1))
    low = uniform(0.15, 1.3, 1, 1, 1)
    return 1 + chosen * (low + (1 - low) * edge - 1)


def _add_highlights(images: Tensor, chosen: Tensor, uniform: Uniform) -> Tensor:
    """White blobs where a random field is high and the picture is not black."""
    field = functional.interpolate(uniform(0, 1, 1, 24, 28), images.shape[-2:], mode="bicubic", align_corners=False)
    blobs = torch.sigmoid((field - uniform(0.85, 1.0, 1, 1, 1)) * 25) * chosen
    lit = images.amax(dim=1, keepdim=True) > 0.06
    return torch.lerp(images, torch.ones_like(images), blobs * lit)


def _without_highlights(images: Tensor) -> Tensor:
    """Bright, colourless pixels replaced by the mean of the others around them."""
    bright = (images.amin(dim=1, keepdim=True) > 0.7).float()
    bright = functional.max_pool2d(bright, 5, 1, 2)
    # A mean over about 20 pixels, taken on a grid of every fourth: the fill is smooth anyway.
    coarse = functional.avg_pool2d(torch.cat([images * (1 - bright), 1 - bright], dim=1), 4)
    kept = functional.avg_pool2d(coarse, 5, 1, 2, count_include_pad=False)
    kept = functional.interpolate(kept, images.shape[-2:], mode="bilinear", align_corners=False)
    fill = kept[:, :3] / kept[:, 3:].clamp(min=1e-2)
    return torch.where((bright > 0) & (kept[:, 3:] > 1e-2), fill, images)


def _blurred(images: Tensor, sigma: Tensor) -> Tensor:
    """Gaussian blur, sigma (B, 1) pixels per image; 0 leaves an image as it is."""
    taps = torch.arange(-3, 4, dtype=images.dtype)
    kernels = torch.exp(-0.5 * (taps / sigma.clamp(min=1e-2)) ** 2)
    kernels = (kernels / kernels.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    flat = functional.pad(images.reshape(1, -1, *images.shape[-2:]), (3, 3, 3, 3), mode="replicate")
    flat = functional.conv2d(flat, kernels[:, None, None, :], groups=len(kernels))
    flat = functional.conv2d(flat, kernels[:, None, :, None], groups=len(kernels))
    return flat.view_as(images)


def _with_discs(images: Tensor, chosen: Tensor, uniform: Uniform) -> Tensor:
    """Up to three discs of one colour each (lens dirt, bubbles, smoke): what lies behind keeps its depth."""
    height, width = images.shape[-2:]
    y, x = torch.arange(height)[:, None], torch.arange(width)[None]
    for _ in range(3):
        distance = torch.hypot(x - width * uniform(0, 1, 1, 1), y - height * uniform(0, 1, 1, 1))[:, None]
        disc = torch.sigmoid((height * uniform(0.0, 0.12, 1, 1, 1) - distance) / 1.5) * chosen
        images = torch.lerp(images, uniform(0, 1, 3, 1, 1).expand_as(images), disc * uniform(0.4, 1.0, 1, 1, 1))
    return images
