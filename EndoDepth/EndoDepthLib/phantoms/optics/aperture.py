"""The outline of the scene in the picture: round, cut, octagonal and rounded masks with a soft edge."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.settings import ApertureSettings, ApertureShape, LensSettings


@functools.lru_cache(maxsize=32)
def _grid(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """(1, W) and (H, 1): positions from the image centre in half heights."""
    half = height / 2
    x = (torch.arange(width, dtype=torch.float32, device=device) - (width - 1) / 2) / half
    y = (torch.arange(height, dtype=torch.float32, device=device) - (height - 1) / 2) / half
    return x[None, :], y[:, None]


@functools.lru_cache(maxsize=64)
def aperture_transmission(settings: ApertureSettings, height: int, width: int, device: torch.device) -> Tensor:
    """(H, W) float32: 1 in the scene, 0 in the border, smooth between. Shared between calls: do not write into it."""
    x, y = _grid(height, width, device)
    if settings.shape is ApertureShape.FULL:
        return torch.ones((height, width), device=device)
    x, y = x - settings.x, y - settings.y
    inside = _inside(settings, x, y)
    half_pixel = 1.0 / height
    ramp = (inside / max(settings.edge, half_pixel) + 0.5).clamp(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def _inside(settings: ApertureSettings, x: Tensor, y: Tensor) -> Tensor:
    """Signed distance to the outline in half heights, positive inside."""
    circle = settings.radius - torch.sqrt(x * x + y * y)
    if settings.shape is ApertureShape.CIRCLE:
        return circle
    from_side = settings.half_width - x.abs()
    from_top = settings.half_height - y.abs()
    if settings.shape is ApertureShape.CUT_CIRCLE:
        return torch.minimum(circle, torch.minimum(from_side, from_top))
    corner = settings.corner * min(settings.half_width, settings.half_height)
    if settings.shape is ApertureShape.OCTAGON:
        diagonal = (from_side + from_top - corner) * 0.5**0.5
        return torch.minimum(diagonal, torch.minimum(from_side, from_top))
    # Rounded rectangle (Quilez): distance to the inner rectangle shrunk by the corner radius.
    out_x, out_y = corner - from_side, corner - from_top
    outside = torch.sqrt(out_x.clamp(min=0) ** 2 + out_y.clamp(min=0) ** 2)
    return corner - outside - torch.maximum(out_x, out_y).clamp(max=0)


@functools.lru_cache(maxsize=64)
def vignette_gain(settings: LensSettings, height: int, width: int, device: torch.device) -> Tensor:
    """(H, W) float32 linear gain 0..1 of the lens. Shared between calls: do not write into it."""
    x, y = _grid(height, width, device)
    aspect = width / height
    diagonal = (1 + aspect * aspect) ** 0.5
    x, y = x - settings.vignette_x * aspect, y - settings.vignette_y
    radius = torch.sqrt(x * x + y * y) / diagonal
    loss = settings.vignette * torch.pow(radius, settings.vignette_power)
    return (1 - loss).clamp_(min=0)
