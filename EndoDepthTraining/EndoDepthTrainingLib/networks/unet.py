"""A plain U-Net (Ronneberger et al., MICCAI 2015): proposes labels, and is what text-guided masks are measured by."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from EndoDepthLib.networks.blocks import ConvBlock, upsample
from EndoDepthLib.networks.encoder import Encoder

CHANNELS = (128, 64, 32, 24, 16)
"""Widths of the decoder at strides 16, 8, 4, 2 and 1: those of the depth decoder, so that a step costs about what
one of the text-guided network does."""


class UNet(nn.Module):
    """Images (B, 3, H, W) float 0..1, H and W multiples of 32 -> logits (B, 1 + classes, H, W) float32; channel 0:
    none of the classes.

    The encoder is the one EndoDepthNetwork has (timm name); encoder_weights as there.
    """

    def __init__(
        self,
        encoder: str,
        classes: int,
        channels: tuple[int, ...] = CHANNELS,
        encoder_weights: Path | str | None = None,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(encoder, encoder_weights)
        *skips, deepest = self.encoder.channels
        entries = (deepest, *channels[:-1])
        widths = zip(entries, (*reversed(skips), 0), channels, strict=True)
        self.blocks = nn.ModuleList(
            nn.Sequential(ConvBlock(entry + skip, width), ConvBlock(width, width)) for entry, skip, width in widths
        )
        self.head = nn.Conv2d(channels[-1], 1 + classes, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """The logits."""
        *skips, x = self.encoder(images)
        for level, block in enumerate(self.blocks):
            x = upsample(x)
            x = block(torch.cat([x, skips[-1 - level]], dim=1) if level < len(skips) else x)
        logits: Tensor = self.head(x).float()
        return logits
