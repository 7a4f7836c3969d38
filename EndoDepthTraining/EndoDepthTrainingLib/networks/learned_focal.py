"""Focal lengths of videos whose camera nobody knows, learned with depth and pose."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

BOUND = 2.0
"""A learned focal length stays between the first guess over this and the guess times this."""


class LearnedFocal(nn.Module):
    """One factor on the guessed focal length for each of `videos`; where `learned` (videos,) is False it is 1.

    The factor is BOUND^tanh(parameter): bounded, since a photometric error alone barely tells focal length from depth.
    """

    learned: Tensor

    def __init__(self, learned: list[bool]) -> None:
        super().__init__()
        self.log_factor = nn.Parameter(torch.zeros(len(learned)))
        self.register_buffer("learned", torch.tensor(learned))

    def forward(self, videos: Tensor) -> Tensor:
        """(B,) factors for the videos (B,) integer of a batch's samples."""
        factor = torch.exp(math.log(BOUND) * torch.tanh(self.log_factor[videos]))
        return torch.where(self.learned[videos], factor, torch.ones_like(factor))
