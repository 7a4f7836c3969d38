"""Depth known at single points."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.losses.confidence import TOLERANCE
from EndoDepthTrainingLib.processes import mean_over_samples

GROSS_ERROR = 0.5
"""Log errors beyond this count less and less: a point of structure from motion may be a mismatch."""


def sampled(values: Tensor, positions: Tensor) -> Tensor:
    """(B, P) bilinear samples of (B, 1, H, W) at positions (B, P, 2) in grid_sample's units (align_corners=False)."""
    taken = functional.grid_sample(
        values, positions[:, :, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return taken[:, 0, :, 0]


def sparse_log_depth(log_depth: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Robust weighted absolute log error at points: log_depth, target, weight (B, P), weight 0 = no point.

    The scale counts. |e| up to GROSS_ERROR, beyond it GROSS_ERROR (1 + log(|e| / GROSS_ERROR)), whose slope falls as
    that of Cauchy's loss does. Returns the mean by weight, 0 without points.
    """
    error = (log_depth - target).abs()
    gross = GROSS_ERROR * (1.0 + torch.log(error.clamp(min=GROSS_ERROR) / GROSS_ERROR))
    robust = torch.where(error <= GROSS_ERROR, error, gross)
    return mean_over_samples((robust * weight).sum(), weight.sum(), least=1e-6)


def sparse_confidence(confidence_logit: Tensor, log_depth: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Binary cross entropy of the confidence at points against "within 10 %" (see losses.confidence); all (B, P).

    As there each image's scale is made right first, and the depth is detached.
    """
    error = torch.where(weight > 0, log_depth.detach() - target, torch.full_like(target, torch.nan))
    error = error - error.nanmedian(dim=1, keepdim=True).values
    right = (error.abs() <= math.log1p(TOLERANCE)).to(confidence_logit.dtype)
    loss = functional.binary_cross_entropy_with_logits(confidence_logit, right, reduction="none")
    return mean_over_samples((loss * weight).sum(), weight.sum(), least=1e-6)
