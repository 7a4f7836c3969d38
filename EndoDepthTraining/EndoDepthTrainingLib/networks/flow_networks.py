"""Optical flow and appearance flow between two frames (AF-SfMLearner, Shao et al., MedIA 2022); for training only."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.networks.blocks import ConvBlock, upsample
from EndoDepthTrainingLib.networks.pair_encoder import PairEncoder

_WIDTHS = (96, 64, 32, 24)
"""Of the decoder at strides 16, 8, 4 and 2."""


class PairDecoder(nn.Module):
    """U-Net decoder of a PairEncoder's features: (B, outputs, H, W) float32, 0 everywhere at the start.

    `levels` strides from 16 on (4: 16, 8, 4, 2) each add their own correction to what the coarser ones said, so that
    large motion is found where it is few pixels long; the last is enlarged.
    """

    def __init__(self, channels: tuple[int, ...], outputs: int, levels: int = len(_WIDTHS)) -> None:
        super().__init__()
        *shallow, deepest = channels
        skips, widths = shallow[::-1][:levels], _WIDTHS[:levels]
        entries = (deepest, *widths[:-1])
        self.blocks = nn.ModuleList(
            ConvBlock(entry + skip, width) for entry, skip, width in zip(entries, skips, widths, strict=True)
        )
        self.heads = nn.ModuleList(nn.Conv2d(width, outputs, 3, padding=1) for width in widths)
        for head in self.heads:
            nn.init.zeros_(head.get_parameter("weight"))
            nn.init.zeros_(head.get_parameter("bias"))

    def forward(self, features: list[Tensor]) -> Tensor:
        """At full resolution."""
        *skips, x = features
        size, total = [2 * side for side in skips[0].shape[-2:]], None
        for block, head, skip in zip(self.blocks, self.heads, skips[::-1], strict=False):  # fewer levels than skips
            x = block(torch.cat([upsample(x), skip], dim=1))
            own = head(x).float()
            total = own if total is None else upsample(total) + own
        assert total is not None
        return functional.interpolate(total, size, mode="bilinear", align_corners=False)


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
    to the target for the source's brightness (Yang et al. 2024, eq. 2). It starts at 0.

    C comes from strides 16 and 8 alone: light changes smoothly, and so C cannot redraw the picture where the flow is
    wrong, which would teach depth to stand still.
    """

    def __init__(self, encoder: str, encoder_weights: Path | str | None = None) -> None:
        super().__init__()
        self.encoder = PairEncoder(encoder, encoder_weights)
        self.decoder = PairDecoder(self.encoder.channels, 3, levels=2)

    def forward(self, target: Tensor, registered: Tensor) -> Tensor:
        """The brightness change."""
        return torch.tanh(self.decoder(self.encoder(target, registered)))
