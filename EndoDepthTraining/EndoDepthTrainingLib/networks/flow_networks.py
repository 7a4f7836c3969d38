"""Optical flow and appearance flow between two frames (AF-SfMLearner, Shao et al., MedIA 2022); for training only."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from EndoDepthLib.networks.blocks import ConvBlock, upsample
from EndoDepthTrainingLib.networks.pair_encoder import PairEncoder

_WIDTHS = (96, 64, 32, 24)
"""Of the decoder at strides 16, 8, 4 and 2."""


class PairDecoder(nn.Module):
    """U-Net decoder of a PairEncoder's features: (B, outputs, H, W) float32, 0 everywhere at the start.

    Every stride from 16 to 2 adds its own correction to what the coarser ones said, so that large motion is found where
    it is few pixels long.
    """

    def __init__(self, skips: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        *shallow, deepest = skips
        entries = (deepest, *_WIDTHS[:-1])
        self.blocks = nn.ModuleList(
            ConvBlock(entry + skip, width)
            for entry, skip, width in zip(entries, reversed(shallow), _WIDTHS, strict=True)
        )
        self.heads = nn.ModuleList(nn.Conv2d(width, outputs, 3, padding=1) for width in _WIDTHS)
        for head in self.heads:
            nn.init.zeros_(head.get_parameter("weight"))
            nn.init.zeros_(head.get_parameter("bias"))

    def forward(self, features: list[Tensor]) -> Tensor:
        """At full resolution."""
        *skips, x = features
        total: Tensor | None = None
        for block, head, skip in zip(self.blocks, self.heads, reversed(skips), strict=True):
            x = block(torch.cat([upsample(x), skip], dim=1))
            own = head(x).float()
            total = own if total is None else upsample(total) + own
        assert total is not None
        return upsample(total)


class OpticalFlowNetwork(nn.Module):
    """Two images (B, 3, H, W) float 0..1 -> flow (B, 2, H, W) float32 in pixels: from each target pixel to where the
    source shows the same point. It starts at 0."""

    def __init__(self, encoder: str, encoder_weights: Path | str | None = None) -> None:
        super().__init__()
        self.encoder = PairEncoder(encoder, encoder_weights)
        self.decoder = PairDecoder(self.encoder.channels, 2)

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        """The flow."""
        scale = 0.1 * max(target.shape[-2:])  # an output of 1 is a tenth of the picture
        flow: Tensor = scale * self.decoder(self.encoder(target, source))
        return flow


class AppearanceFlowNetwork(nn.Module):
    """The target and a source registered to it, (B, 3, H, W) float 0..1 -> C (B, 3, H, W) float32 in -1..1: what to add
    to the target for the source's brightness (method.md eq. 2). It starts at 0."""

    def __init__(self, encoder: str, encoder_weights: Path | str | None = None) -> None:
        super().__init__()
        self.encoder = PairEncoder(encoder, encoder_weights)
        self.decoder = PairDecoder(self.encoder.channels, 3)

    def forward(self, target: Tensor, registered: Tensor) -> Tensor:
        """The brightness change."""
        return torch.tanh(self.decoder(self.encoder(target, registered)))
