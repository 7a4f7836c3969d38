"""Image formation on linear radiance: smoke, depth-dependent defocus, motion streaks, colour fringes and glare."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.aperture import vignette_gain
from EndoDepthLib.phantoms.optics.blur import enlarge_smoothly, gaussian_blur, magnify, streak
from EndoDepthLib.phantoms.optics.settings import LensSettings, SmokeSettings

REFERENCE_WIDTH = 320  # lengths in pixels are stated for this width and scale with the frame


def relative_depth(depth: Tensor) -> Tensor:
    """(H, W) depth over its median, 0.05 .. 20; pixels without depth (NaN, infinite) count as three medians."""
    finite = torch.where(torch.isfinite(depth), depth, torch.nan)
    median = torch.nanmedian(finite[::4, ::4]).nan_to_num(1.0).clamp_(min=1e-6)
    return (finite / median).nan_to_num(3.0).clamp_(0.05, 20.0)


def add_smoke(radiance: Tensor, depth: Tensor, settings: SmokeSettings, clip: Tensor, frame: Tensor) -> Tensor:
    """Radiance (3, H, W) seen through smoke; `depth` is relative, `clip` and `frame` are (2, 6, 8) normal patterns."""
    if settings.density <= 0:
        return radiance
    pattern = clip + 0.35 * frame
    wisps = enlarge_smoothly(pattern, *depth.shape)
    thickness = (1 + settings.structure * wisps[0]).clamp_(min=0)
    # Saturating in depth: the light that makes the veil visible is itself weaker far away.
    path = 0.35 + 1.3 * depth / (1 + depth)
    veil = 1 - torch.exp(-settings.density * thickness * path)
    level = radiance[:, ::4, ::4].mean() * settings.brightness
    level = level * (1 + 0.25 * settings.structure * wisps[1]).clamp_(min=0.2)
    tint = torch.tensor([1 + settings.warmth, 1.0, 1 - settings.warmth], device=radiance.device)
    return torch.lerp(radiance, level[None] * tint[:, None, None], veil[None])


def focus_blur(radiance: Tensor, depth: Tensor, settings: LensSettings) -> Tensor:
    """Depth-dependent defocus: three blur levels blended by the circle of confusion; `depth` is relative (H, W)."""
    largest = settings.defocus_px * radiance.shape[-1] / REFERENCE_WIDTH
    if largest < 0.3:
        return radiance
    # Thin lens: the circle of confusion grows with |1 - focus / depth|, 1 at infinity and at half the focus distance.
    confusion = (1 - settings.focus / depth).abs_().clamp_(max=1.0)
    # A blurred index keeps the seam between near and far from showing as a hard line.
    level = gaussian_blur(confusion[None], 1.0) * 2
    middle = gaussian_blur(radiance, 0.5 * largest)
    wide = gaussian_blur(radiance, largest)
    near = torch.lerp(radiance, middle, level.clamp(max=1))
    return torch.lerp(near, wide, (level - 1).clamp_(min=0))


def form_image(
    radiance: Tensor, depth: Tensor, settings: LensSettings, streak_share: float, streak_angle_rad: float
) -> Tensor:
    """Linear image (3, H, W) behind the lens: defocus, motion, fringes and vignette. Units of `radiance`."""
    height, width = radiance.shape[-2:]
    scale = width / REFERENCE_WIDTH
    image = focus_blur(radiance, depth, settings)
    image = streak(image, settings.motion_px * scale * streak_share, streak_angle_rad)
    if abs(settings.fringe_px) >= 0.05:
        shift = settings.fringe_px * 2 / REFERENCE_WIDTH
        image = torch.stack([magnify(image[0], math.exp(shift)), image[1], magnify(image[2], math.exp(-0.7 * shift))])
    if settings.vignette > 0:
        image = image * vignette_gain(settings, height, width, radiance.device)
    return image


def add_glare(image: Tensor, settings: LensSettings) -> Tensor:
    """Exposed linear image (3, H, W; 1 = white) with bloom around highlights and veiling flare."""
    if settings.bloom > 0:
        excess = (image - 0.8).clamp_(0, 6)
        image = image + settings.bloom * gaussian_blur(excess, settings.bloom_radius * image.shape[-1])
    if settings.flare > 0:
        image = image + settings.flare * image[:, ::4, ::4].clamp(max=1.5).mean(dim=(1, 2), keepdim=True)
    return image
