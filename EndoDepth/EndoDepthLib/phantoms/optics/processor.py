"""The video processor: tone curve, colour and edge enhancement, from linear light to the display picture."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.blur import gaussian_blur
from EndoDepthLib.phantoms.optics.lens import REFERENCE_WIDTH
from EndoDepthLib.phantoms.optics.settings import ProcessorSettings

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_LARGEST_HALO = 0.22  # processors limit the overshoot of their edge enhancement
_CORING = 0.01  # and spare differences of the size of noise


def luma(picture: Tensor) -> Tensor:
    """(1, H, W) BT.601 luma of (3, H, W)."""
    return LUMA[0] * picture[:1] + LUMA[1] * picture[1:2] + LUMA[2] * picture[2:]


def render_display(image: Tensor, settings: ProcessorSettings) -> Tensor:
    """Display picture (3, H, W), about 0..1 (not clipped at the end), of a linear image where 1 is white."""
    # x^p as exp(p log x): three times as fast as pow on the CPU.
    picture = image.clamp(1e-8, 4).log_().mul_(1 / settings.gamma).exp_()
    if settings.shoulder > 0:
        knee = 1 - settings.shoulder
        over = (picture - knee).clamp_(min=0)
        picture = picture.clamp_(max=knee) + settings.shoulder * torch.tanh(over / settings.shoulder)
    picture = picture.clamp_(0, 1)
    if settings.contrast != 0:
        picture = picture + settings.contrast * picture * (1 - picture) * (2 * picture - 1)
    if settings.saturation != 1 or settings.hue_deg != 0:
        matrix = _colour_matrix(settings.saturation, settings.hue_deg).to(image.device)
        picture = (matrix @ picture.flatten(1)).view_as(picture)
    if settings.black != 0:
        picture = settings.black + (1 - max(settings.black, 0.0)) * picture
    if settings.sharpen > 0:
        picture = _sharpen(picture, settings)
    return picture


def _colour_matrix(saturation: float, hue_deg: float) -> Tensor:
    """(3, 3): scales and rotates the colour differences of YCbCr, keeping luma."""
    forward = torch.tensor([LUMA, (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312)], dtype=torch.float64)
    cos, sin = (saturation * f(math.radians(hue_deg)) for f in (math.cos, math.sin))
    turn = torch.tensor([(1, 0, 0), (0, cos, -sin), (0, sin, cos)], dtype=torch.float64)
    return (torch.linalg.inv(forward) @ turn @ forward).float()


def _sharpen(picture: Tensor, settings: ProcessorSettings) -> Tensor:
    """Unsharp mask on luma with limited overshoot: the dark and bright outlines of endoscope pictures."""
    bright = luma(picture.clamp(0, 1))
    halo = bright - gaussian_blur(bright, settings.sharpen_px * picture.shape[-1] / REFERENCE_WIDTH)
    halo = halo * (halo.abs() / (halo.abs() + _CORING))
    return picture + (settings.sharpen * halo).clamp_(-_LARGEST_HALO, _LARGEST_HALO)
