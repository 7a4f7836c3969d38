"""The confidence that goes with depth: the probability that a pixel is right."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.processes import mean_over_samples

TOLERANCE = 0.10
"""A depth counts as right when it lies within this fraction of the truth once the image's scale is right."""


def depth_is_right(log_depth: Tensor, log_target: Tensor, valid: Tensor) -> Tensor:
    """(B, 1, H, W) bool: within 10 % of the truth after per-image median alignment; see scale_invariant_log."""
    error = torch.where(valid, log_depth - log_target, torch.full_like(log_depth, torch.nan)).detach()
    error = error - error.flatten(1).nanmedian(dim=1).values[:, None, None, None]
    return valid & (error.abs() <= math.log1p(TOLERANCE))


def confidence_loss(confidence_logit: Tensor, log_depth: Tensor, log_target: Tensor, valid: Tensor) -> Tensor:
    """Binary cross entropy of the confidence (B, 1, H, W logits) against depth_is_right, mean over valid pixels.

    The depth is detached: the confidence learns about the depth and never bends it.
    """
    right = depth_is_right(log_depth, log_target, valid).to(confidence_logit.dtype)
    loss = functional.binary_cross_entropy_with_logits(confidence_logit, right, reduction="none")
    return mean_over_samples((loss * valid).sum(), valid.sum())
