"""How far a synthesised frame is from the real one: SSIM and absolute difference, the best neighbour, visibility."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.losses.counted import mean_of_counted

SSIM_SHARE = 0.85
_C1, _C2 = 0.01**2, 0.03**2


def structural_similarity(first: Tensor, second: Tensor) -> Tensor:
    """SSIM (Wang et al. 2004) of images (B, C, H, W) in 0..1, each at least 2 x 2: (B, C, H, W) in -1..1.

    Means, variances and covariance over 3 x 3 pixels, the border reflected, as in Monodepth2.
    """
    a, b = (functional.pad(image.contiguous(), (1, 1, 1, 1), mode="reflect") for image in (first, second))
    mean_a, mean_b = _mean_of_nine(a), _mean_of_nine(b)
    variance_a = _mean_of_nine(a * a) - mean_a * mean_a
    variance_b = _mean_of_nine(b * b) - mean_b * mean_b
    covariance = _mean_of_nine(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    return above / ((mean_a * mean_a + mean_b * mean_b + _C1) * (variance_a + variance_b + _C2))


def _mean_of_nine(x: Tensor) -> Tensor:
    """Means over 3 x 3 pixels of (B, C, H + 2, W + 2): (B, C, H, W). Several times faster than pooling on a CPU."""
    rows = x[..., :-2] + x[..., 1:-1] + x[..., 2:]
    return (rows[..., :-2, :] + rows[..., 1:-1, :] + rows[..., 2:, :]) / 9.0


def photometric_error(synthesised: Tensor, target: Tensor) -> Tensor:
    """0.85 (1 - SSIM) / 2 + 0.15 |difference|, mean over channels (Yang et al. 2024, eq. 3): (B, 1, H, W) in 0..1."""
    unlike = ((1.0 - structural_similarity(synthesised, target)) / 2.0).clamp(0.0, 1.0)
    difference = (synthesised - target).abs()
    return (SSIM_SHARE * unlike + (1.0 - SSIM_SHARE) * difference).mean(dim=1, keepdim=True)


def smallest_error(errors: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """The error of the neighbour that shows a pixel best (Monodepth2's minimum: what one hides another may show).

    errors (B, S, H, W) and visible (B, S, H, W) bool, one channel a neighbour. Gives (B, 1, H, W), 0 where no
    neighbour shows the pixel, and (B, 1, H, W) bool, where one does.
    """
    smallest = torch.where(visible, errors, torch.inf).amin(dim=1, keepdim=True)
    shown = visible.any(dim=1, keepdim=True)
    return torch.where(shown, smallest, torch.zeros_like(smallest)), shown


def visibility_mask(errors: Tensor, visible: Tensor, unmoved_errors: Tensor) -> Tensor:
    """(B, 1, H, W) bool: pixels that some neighbour shows, and that synthesis explains better than not moving at all.

    Shapes as in smallest_error; unmoved_errors (B, S, H, W): of the neighbours as they are. This leaves out what moves
    with the camera and what has no texture (Monodepth2's auto-mask).
    """
    smallest, shown = smallest_error(errors, visible)
    return shown & (smallest < unmoved_errors.amin(dim=1, keepdim=True))


def photometric_loss(errors: Tensor, visible: Tensor, unmoved_errors: Tensor, usable: Tensor) -> Tensor:
    """Mean over samples of the mean smallest error over pixels that are usable (B, 1, H, W) bool (content, no
    highlight, nothing that moves on its own) and in the visibility mask; shapes as there. A scalar, 0 when none is."""
    smallest, _ = smallest_error(errors, visible)
    with torch.no_grad():
        counted = usable & visibility_mask(errors, visible, unmoved_errors)
    return mean_of_counted(smallest, counted)
