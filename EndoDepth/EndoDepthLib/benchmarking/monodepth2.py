"""The network that speed is measured against: a plain Monodepth2 depth network, written from its paper."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from EndoDepthLib.networks.encoder import Encoder

WIDTH, HEIGHT = 320, 256
"""The size at which it is timed."""

_WIDTHS = (256, 128, 64, 32, 16)
_SKIPS = (256, 128, 64, 64, 0)
_DEEPEST = 512


class Monodepth2(nn.Module):
    """Monodepth2 with ResNet18 (Godard et al., ICCV 2019): (B, 3, H, W) float in 0..1 -> four disparities in 0..1.

    Nearest upsampling, reflection padding, ELU, disparities at four scales; random weights, which cost the same time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder("resnet18")
        entries = (_DEEPEST, *_WIDTHS[:-1])
        self.before = nn.ModuleList(_conv(a, b) for a, b in zip(entries, _WIDTHS, strict=True))
        self.after = nn.ModuleList(_conv(b + s, b) for b, s in zip(_WIDTHS, _SKIPS, strict=True))
        self.heads = nn.ModuleList(nn.Conv2d(b, 1, 3, padding=1, padding_mode="reflect") for b in _WIDTHS[1:])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Disparities, coarse first."""
        *skips, x = self.encoder(images)
        disparities = []
        for level in range(len(_WIDTHS)):
            x = functional.interpolate(self.before[level](x), scale_factor=2, mode="nearest")
            if level < len(skips):
                x = torch.cat([x, skips[-1 - level]], dim=1)
            x = self.after[level](x)
            if level:
                disparities.append(torch.sigmoid(self.heads[level - 1](x)))
        return disparities


def _conv(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"), nn.ELU(inplace=True))
