"""An encoder of two pictures at once: what moved, or changed brightness, between them."""

from __future__ import annotations

import copy
from pathlib import Path

import torch
from torch import Tensor, nn

from EndoDepthLib.networks.encoder import Encoder


class PairEncoder(nn.Module):
    """Two images (B, 3, H, W) float 0..1, H and W multiples of 32 -> five features at strides 2 to 32.

    An Encoder whose first convolution takes six channels: its weights twice at half size, as Monodepth2 begins its pose
    encoder, so that two equal pictures give what the encoder makes of one. name, weights: as for Encoder.
    """

    def __init__(self, name: str, weights: Path | str | None = None) -> None:
        super().__init__()
        self.encoder = Encoder(name, weights)
        self.channels = self.encoder.channels
        layers = self.encoder.backbone.named_modules()
        path, first = next((path, each) for path, each in layers if isinstance(each, nn.Conv2d))
        wider = copy.deepcopy(first)
        wider.in_channels = 2 * first.in_channels
        wider.weight = nn.Parameter(torch.cat([first.weight, first.weight], dim=1).detach() / 2.0)
        parent, _, leaf = path.rpartition(".")
        setattr(self.encoder.backbone.get_submodule(parent), leaf, wider)

    def forward(self, first: Tensor, second: Tensor) -> list[Tensor]:
        """Features, shallow first."""
        mean, std = self.encoder.mean, self.encoder.std
        pair = torch.cat([(first - mean) / std, (second - mean) / std], dim=1)
        return list(self.encoder.backbone(pair))
