"""Sensor: limited resolution, shot and read noise with colour blotches."""

from __future__ import annotations

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.blur import resize
from EndoDepthLib.phantoms.optics.settings import SensorSettings


def expose_sensor(image: Tensor, settings: SensorSettings, generator: torch.Generator) -> Tensor:
    """Linear image (3, H, W; 1 = white) as the sensor reads it, same size; `generator` lives on the image's device."""
    height, width = image.shape[-2:]
    small = (max(8, round(height * settings.resolution)), max(8, round(width * settings.resolution)))
    reduced = small[0] < height and small[1] < width
    if reduced:
        image = resize(image, *small)
    if settings.shot > 0 or settings.read > 0:
        image = _add_noise(image, settings, generator)
    return resize(image, height, width) if reduced else image


def _add_noise(image: Tensor, settings: SensorSettings, generator: torch.Generator) -> Tensor:
    """Signal-dependent Gaussian noise: variance = shot * signal + read^2 (Foi et al. 2008, Poissonian-Gaussian)."""
    height, width = image.shape[-2:]
    fine = torch.randn((1, height + 1, width + 1), generator=generator, device=image.device)
    # Sums of 2 x 2 neighbours, variance kept, stand for the correlation that demosaicing and denoising leave.
    blotches = fine[:, 1:] + fine[:, :-1]
    blotches = (blotches[:, :, 1:] + blotches[:, :, :-1]).mul_(0.5 * settings.grain)
    luminance = blotches.add_(fine[:, 1:, 1:], alpha=1 - settings.grain)
    cells = torch.randn((3, (height + 1) // 2, (width + 1) // 2), generator=generator, device=image.device)
    colour = cells.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)[:, :height, :width]
    noise = luminance + colour * settings.chroma
    # The signal saturates at white before it is amplified, so highlights stay clean.
    sigma = (image.clamp(0, 1) * settings.shot + settings.read**2).sqrt_()
    return image.addcmul(noise, sigma)
