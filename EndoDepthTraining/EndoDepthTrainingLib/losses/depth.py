"""Supervised depth losses that do not ask for the absolute scale, which one picture cannot tell."""

from __future__ import annotations

import torch
from torch import Tensor

from EndoDepthTrainingLib.processes import mean_over_samples

EPSILON = 1e-6


def scale_invariant_log(log_depth: Tensor, log_target: Tensor, valid: Tensor, scale_weight: float = 0.0) -> Tensor:
    """Root of the scale-invariant squared log error (Eigen et al. 2014, eq. 4), mean over the images that have truth.

    log_depth, log_target, valid: (B, 1, H, W) float, float and bool; the target may hold anything where not valid.
    With d = log_depth - log_target: sqrt(mean(d^2) - (1 - scale_weight) mean(d)^2) per image. scale_weight 0 ignores
    the scale of every image altogether; 1 is the plain RMS log error. Returns a scalar, 0 when no pixel is valid.
    """
    error, count = _masked_error(log_depth, log_target, valid)
    mean = error.sum(dim=(1, 2, 3)) / count
    variance = ((error - mean[:, None, None, None]) * valid).square().sum(dim=(1, 2, 3)) / count
    root = (variance + scale_weight * mean.square() + EPSILON).sqrt() - EPSILON**0.5
    return _mean_over_images(root, valid)


def median_absolute_log(log_depth: Tensor, log_target: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute log error after median alignment, mean over the images that have truth (MiDaS' ssi-mae without
    its shift, Ranftl et al. 2020, eq. 5).

    Shapes as in scale_invariant_log. The squared loss asks for the mean of what may be true, which is flat where the
    picture says little and pulled by outliers; this one asks for the median, which is what AbsRel rewards. Returns a
    scalar, 0 when no pixel is valid.
    """
    error, count = _masked_error(log_depth, log_target, valid)
    known = torch.where(valid, error.detach(), torch.full_like(error, torch.nan))
    median = known.flatten(1).nanmedian(dim=1).values.nan_to_num(0.0)
    absolute = ((error - median[:, None, None, None]).abs() * valid).sum(dim=(1, 2, 3)) / count
    return _mean_over_images(absolute, valid)


def gradient_matching(log_depth: Tensor, log_target: Tensor, valid: Tensor, scales: int = 4) -> Tensor:
    """Multi-scale gradient matching of log depth (MegaDepth, Li and Snavely 2018; MiDaS, Ranftl et al. 2020).

    Shapes as in scale_invariant_log. Mean absolute difference of the error between horizontal and vertical neighbours,
    summed over `scales` resolutions, each keeping every second pixel of the one before. Returns a scalar.
    """
    error, _ = _masked_error(log_depth, log_target, valid)
    total = log_depth.new_zeros(())
    for scale in range(scales):
        step = 2**scale
        e, v = error[:, :, ::step, ::step], valid[:, :, ::step, ::step]
        across_v, down_v = v[..., 1:] & v[..., :-1], v[..., 1:, :] & v[..., :-1, :]
        across = (e[..., 1:] - e[..., :-1]).abs() * across_v
        down = (e[..., 1:, :] - e[..., :-1, :]).abs() * down_v
        count = (across_v.sum(dim=(1, 2, 3)) + down_v.sum(dim=(1, 2, 3))).clamp(min=1)
        total = total + _mean_over_images((across.sum(dim=(1, 2, 3)) + down.sum(dim=(1, 2, 3))) / count, valid)
    return total


def log_of_target(depth: Tensor) -> tuple[Tensor, Tensor]:
    """Log of true depth with each image's median at 0, and where it is valid.

    depth (B, 1, H, W), any unit, NaN or <= 0 = unknown. Returns ((B, 1, H, W) float32 with 0 where unknown, bool).
    """
    valid = torch.isfinite(depth) & (depth > 0)
    log_depth = torch.where(valid, depth, torch.ones_like(depth)).log()
    median = torch.where(valid, log_depth, torch.full_like(log_depth, torch.nan)).flatten(1).nanmedian(dim=1).values
    median = median.nan_to_num(0.0)
    return torch.where(valid, log_depth - median[:, None, None, None], torch.zeros_like(log_depth)), valid


def _masked_error(log_depth: Tensor, log_target: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    error = torch.where(valid, log_depth - log_target, torch.zeros_like(log_depth))
    return error, valid.sum(dim=(1, 2, 3)).clamp(min=1)


def _mean_over_images(per_image: Tensor, valid: Tensor) -> Tensor:
    """Mean over the images with any valid pixel, so that unlabelled images in a batch do not dilute the loss."""
    has_truth = valid.flatten(1).any(dim=1)
    return mean_over_samples((per_image * has_truth).sum(), has_truth.sum())
