"""The depth decoder: inverse depth at four scales and a confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from EndoDepthLib.networks.blocks import ConvBlock, SeparableConvBlock, upsample

SCALES = 4


@dataclass(frozen=True)
class DepthOutput:
    """inverse_depth: SCALES tensors (B, 1, H / 2^i, W / 2^i) float32 in [1 / max_depth, 1 / min_depth], finest first.

    confidence_logit (B, 1, H, W) float32: trained by binary cross entropy against |log error| < log 1.1, so its
    sigmoid is the probability that the depth lies within 10 % of the truth once the frame's scale is right.
    """

    inverse_depth: tuple[Tensor, ...]
    confidence_logit: Tensor

    @property
    def depth(self) -> Tensor:
        """(B, 1, H, W) depth along the optical axis, the network's own unit."""
        return 1.0 / self.inverse_depth[0]


class DepthDecoder(nn.Module):
    """U-Net decoder (Monodepth2's outputs at a fraction of its cost): plain convolutions deep, separable ones shallow.

    Features at strides 2 to 16 (widths `skips`) and the pooled deepest features (width `context`, stride 32) ->
    DepthOutput. Heads: 1/max + (1/min - 1/max) sigmoid(x), as Monodepth2 bounds its disparity.
    """

    def __init__(
        self,
        skips: tuple[int, ...],
        context: int,
        channels: tuple[int, ...],
        min_depth: float,
        max_depth: float,
    ) -> None:
        super().__init__()
        self.near, self.far = 1.0 / min_depth, 1.0 / max_depth
        entries = (context, *channels[:-1])
        skips_deep_first = (*reversed(skips), 0)
        self.reduce = nn.ModuleList(ConvBlock(a, b, 1) for a, b in zip(entries, channels, strict=True))
        blocks: list[nn.Module] = []
        for level, (width, skip) in enumerate(zip(channels, skips_deep_first, strict=True)):
            if level < 3:
                blocks.append(nn.Sequential(ConvBlock(width + skip, width), ConvBlock(width, width)))
            else:  # strides 2 and 1: many pixels, so few operations on each
                blocks.append(SeparableConvBlock(width + skip, width))
        self.blocks = nn.ModuleList(blocks)
        # The finest head also gives the confidence: one convolution at full resolution costs half of two.
        outputs = (2, *(1 for _ in range(SCALES - 1)))
        widths = reversed(channels[-SCALES:])
        self.heads = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, outputs, strict=True))
        # Start at the middle of the log depth range: there log depth is linear in x and gradients are even.
        share = (1.0 / math.sqrt(min_depth * max_depth) - self.far) / (self.near - self.far)
        for bias in (head.get_parameter("bias") for head in self.heads):
            nn.init.zeros_(bias)
            nn.init.constant_(bias[:1], math.log(share / (1.0 - share)))

    def forward(self, skips: list[Tensor], context: Tensor) -> DepthOutput:
        """skips: features at strides 2, 4, 8, 16; context: (B, C, H / 32, W / 32)."""
        x, outputs = context, []
        for level, (reduce, block) in enumerate(zip(self.reduce, self.blocks, strict=True)):
            x = upsample(reduce(x))
            if level < len(skips):
                x = torch.cat([x, skips[-1 - level]], dim=1)
            x = block(x)
            outputs.append(x)
        heads = [head(x).float() for head, x in zip(self.heads, reversed(outputs[-SCALES:]), strict=True)]
        inverse = tuple(self.far + (self.near - self.far) * torch.sigmoid(x[:, :1]) for x in heads)
        return DepthOutput(inverse, heads[0][:, 1:])
