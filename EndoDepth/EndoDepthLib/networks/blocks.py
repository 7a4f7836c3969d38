"""Convolution blocks shared by the decoders."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """3x3 (or 1x1) convolution, batch norm, ReLU: (B, in, H, W) -> (B, out, H, W)."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int = 3) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class SeparableConvBlock(nn.Sequential):
    """Depthwise 3x3 then pointwise convolution, batch norm, ReLU: an eighth of ConvBlock's cost at high resolution."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False),
            nn.Conv2d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


def upsample(x: Tensor, factor: int = 2) -> Tensor:
    """Bilinear enlargement by a whole factor, edges on edges (align_corners=False)."""
    return functional.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
