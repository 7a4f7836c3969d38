"""From linear radiance to a camera's 8-bit picture."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.phantoms.optics.aperture import aperture_transmission
from EndoDepthLib.phantoms.optics.coding import record
from EndoDepthLib.phantoms.optics.exposure import AutoExposure
from EndoDepthLib.phantoms.optics.lens import add_glare, add_smoke, form_image, relative_depth
from EndoDepthLib.phantoms.optics.overlay import draw_overlay
from EndoDepthLib.phantoms.optics.processor import render_display
from EndoDepthLib.phantoms.optics.sensor import expose_sensor
from EndoDepthLib.phantoms.optics.settings import OpticsSettings

_CONTENT_TRANSMISSION = 0.5  # of the aperture's soft edge, from which a pixel counts as scene
_SMOKE_CELLS = (2, 6, 8)  # two patterns (thickness, brightness) of low frequency


@functools.lru_cache(maxsize=64)
def _clip_smoke(seed: int, device: torch.device) -> Tensor:
    return torch.randn(_SMOKE_CELLS, generator=torch.Generator().manual_seed(seed)).to(device)


def _mix_seeds(clip: int, frame: int) -> int:
    """One seed of two: a linear mix keeps neighbouring clips and frames apart; the generator scrambles it."""
    return (clip * 0x9E3779B1 + frame * 0x85EBCA77 + 0x27D4EB2F) & (2**63 - 1)


@torch.no_grad()
def develop(
    radiance: Tensor,
    depth: Tensor,
    settings: OpticsSettings,
    frame_seed: int,
    auto_exposure: AutoExposure | None = None,
) -> tuple[Tensor, Tensor]:
    """Develops linear radiance as the camera described by `settings` would.

    Args:
        radiance: (3, H, W) float32 >= 0, linear RGB in any unit; not finite or negative values count as 0.
        depth: (H, W) float32 > 0 in any unit, used for smoke and defocus relative to its median; NaN = no surface.
        settings: one clip's camera, see `sample_optics`.
        frame_seed: what differs from frame to frame (noise, streaks, exposure jitter); a seed repeats the picture.
            On one device and version of torch repeats are exact; between CPU and GPU the pixel noise differs.
        auto_exposure: made once per clip from `settings.exposure` and passed with its frames in order, so that exposure
            lags behind the scene; without it every frame is metered by itself.
    Returns:
        image: (H, W, 3) uint8 RGB on the device of `radiance`.
        content: (H, W) bool, where the picture is scene and not border, text or inset.
    Raises:
        SettingsError: the shapes do not fit, or the frame is smaller than 16 x 16.
    """
    if radiance.ndim != 3 or radiance.shape[0] != 3 or depth.shape != radiance.shape[1:] or min(depth.shape) < 16:
        raise SettingsError(
            f"radiance {tuple(radiance.shape)} with depth {tuple(depth.shape)} cannot be developed; "
            "expected (3, H, W) with (H, W), at least 16 x 16 pixels"
        )
    device = radiance.device
    height, width = depth.shape
    transmission = aperture_transmission(settings.aperture, height, width, device)
    content = transmission >= _CONTENT_TRANSMISSION

    seed = _mix_seeds(settings.seed, frame_seed)
    draws = torch.Generator().manual_seed(seed)
    share, moved, angle = torch.rand(3, generator=draws).tolist()
    jitter = float(torch.randn((), generator=draws))
    if moved >= settings.lens.motion_chance:
        share = 0.0
    image = radiance.nan_to_num(0.0, 0.0, 0.0).clamp_(min=0)
    if settings.smoke.density > 0 or settings.lens.defocus_px > 0:
        near = relative_depth(depth)
        wisps = torch.randn(_SMOKE_CELLS, generator=draws).to(device)
        image = add_smoke(image, near, settings.smoke, _clip_smoke(settings.seed, device), wisps)
    else:
        near = depth
    image = form_image(image, near, settings.lens, share, angle * math.pi)

    meter = auto_exposure or AutoExposure(settings.exposure)
    light = settings.light
    colour = torch.tensor([light.red, light.green, light.blue], device=device)
    image = image * (colour * meter.gain(image, content, jitter))[:, None, None]
    image = add_glare(image, settings.lens)
    pixel_draws = torch.Generator(device).manual_seed(seed)
    image = expose_sensor(image, settings.sensor, pixel_draws)

    picture = render_display(image, settings.processor)
    picture = torch.lerp(torch.full_like(picture, settings.aperture.border), picture, transmission[None])
    picture, drawn = draw_overlay(picture, settings.overlay, settings.seed)
    picture = record(picture.clamp_(0, 1), settings.coding)
    if drawn is not None:
        content = content & ~drawn
    return picture.mul(255).round_().clamp_(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous(), content
