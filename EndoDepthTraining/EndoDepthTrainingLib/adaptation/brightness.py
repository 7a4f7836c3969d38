"""The light moves with the camera: brightness is matched before two frames are compared."""

from __future__ import annotations

import torch
from torch import Tensor


def matched_brightness(drawn: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """`drawn` (B, C, H, W) with each channel's mean and spread brought to the target's over valid pixels (B, 1, H, W).

    The light moves with the camera, so the same tissue changes brightness between frames; two numbers a channel cannot
    hide wrong depth. They are taken as they are: no gradient goes through them.
    """
    with torch.no_grad():
        weight = valid.to(drawn.dtype)
        count = weight.sum(dim=(2, 3), keepdim=True).clamp(min=1.0)
        mean_drawn = (drawn * weight).sum(dim=(2, 3), keepdim=True) / count
        mean_target = (target * weight).sum(dim=(2, 3), keepdim=True) / count
        spread_drawn = (((drawn - mean_drawn) * weight) ** 2).sum(dim=(2, 3), keepdim=True) / count
        spread_target = (((target - mean_target) * weight) ** 2).sum(dim=(2, 3), keepdim=True) / count
        gain = ((spread_target + 1e-5) / (spread_drawn + 1e-5)).sqrt().clamp(0.5, 2.0)
    return (drawn - mean_drawn) * gain + mean_target
