"""Relative pose of two frames (Monodepth2, Godard et al., ICCV 2019); for training only."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from EndoDepthTrainingLib.networks.pair_encoder import PairEncoder

SCALE = 0.01
"""Of what the last layer says: motion between neighbours is small, so learning begins beside standing still."""


class PoseNetwork(nn.Module):
    """Two images (B, 3, H, W) float 0..1 -> source_from_target as a twist (B, 6) float32, see rigid_from_twist.

    The rotation is in radians, the translation in the unit of the depth network. It starts at the identity.
    """

    def __init__(self, encoder: str, encoder_weights: Path | str | None = None, width: int = 128) -> None:
        super().__init__()
        self.encoder = PairEncoder(encoder, encoder_weights)
        self.decoder = nn.Sequential(
            nn.Conv2d(self.encoder.channels[-1], width, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.head = nn.Linear(width, 6)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        """The twist that takes points of the target's camera into the source's."""
        *_, deepest = self.encoder(target, source)
        twist: Tensor = self.head(self.decoder(deepest).mean(dim=(2, 3))).float()
        return SCALE * twist
