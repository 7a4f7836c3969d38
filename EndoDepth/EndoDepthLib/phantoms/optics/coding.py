"""Recording: chroma subsampling and JPEG-like quantisation of 8x8 cosine transforms, in torch."""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as functional
from torch import Tensor

from EndoDepthLib.phantoms.optics.settings import CodingSettings

# ITU-T T.81 Annex K, tables K.1 and K.2
_LUMA_TABLE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA_TABLE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
) + (99,) * 32  # fmt: skip
_LEVEL = 128 / 255  # luma is coded about it
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


@functools.lru_cache(maxsize=4)
def _transform(device: torch.device) -> Tensor:
    """(64, 64) orthonormal 2-D DCT-II: coefficients = block @ matrix."""
    k = torch.arange(8, dtype=torch.float64)
    basis = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) * 0.5
    basis[0] *= 0.5**0.5
    return torch.kron(basis, basis).T.contiguous().float().to(device)


@functools.lru_cache(maxsize=64)
def _steps(quality: float, chroma: bool, device: torch.device) -> Tensor:
    """(64,) quantisation steps for values 0..1, scaled from the tables as libjpeg does."""
    scale = 50 / quality if quality < 50 else 2 - quality / 50
    table = torch.tensor(_CHROMA_TABLE if chroma else _LUMA_TABLE, dtype=torch.float32)
    return ((table * scale + 0.5).floor().clamp_(1, 255) / 255).to(device)


def quantise_blocks(plane: Tensor, steps: Tensor) -> Tensor:
    """(H, W) plane after quantising the cosine transform of its 8x8 blocks by `steps` (64,)."""
    height, width = plane.shape
    rows, columns = -(-height // 8), -(-width // 8)
    padded = functional.pad(plane[None, None], (0, 8 * columns - width, 0, 8 * rows - height), mode="replicate")
    blocks = padded.view(rows, 8, columns, 8).transpose(1, 2).reshape(-1, 64)
    transform = _transform(plane.device)
    coefficients = ((blocks @ transform) / steps).round_() * steps
    blocks = (coefficients @ transform.T).view(rows, columns, 8, 8).transpose(1, 2)
    return blocks.reshape(8 * rows, 8 * columns)[:height, :width]


def record(picture: Tensor, settings: CodingSettings) -> Tensor:
    """Display picture (3, H, W) in 0..1 after recording; unchanged with chroma_step 1 and quality 100."""
    codes = settings.quality < 100
    if not codes and settings.chroma_step == 1:
        return picture
    height, width = picture.shape[-2:]
    planes = (torch.tensor(_TO_YCC, device=picture.device) @ picture.flatten(1)).view_as(picture)
    bright, colour = planes[0], planes[1:]
    step = settings.chroma_step
    if step > 1:
        colour = functional.avg_pool2d(colour[None], step, ceil_mode=True, count_include_pad=False)[0]
    if codes:
        quality = round(settings.quality, 2)
        bright = quantise_blocks(bright - _LEVEL, _steps(quality, False, picture.device)) + _LEVEL
        steps = _steps(quality, True, picture.device)
        colour = torch.stack([quantise_blocks(plane, steps) for plane in colour])
    if step > 1:
        colour = functional.interpolate(colour[None], scale_factor=step, mode="bilinear", align_corners=False)[0]
        colour = colour[:, :height, :width]
    planes = torch.cat([bright[None], colour])
    return (torch.tensor(_TO_RGB, device=picture.device) @ planes.flatten(1)).view_as(picture)
