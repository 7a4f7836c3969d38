"""Depth is smooth where the picture is, and inside one structure."""

from __future__ import annotations

import torch
from torch import Tensor

from EndoDepthTrainingLib.losses.counted import mean_of_counted


def edge_aware_differences(values: Tensor, guide: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Mean of |dx v| e^-|dx g| over counted pairs of horizontal neighbours plus the same for vertical ones.

    values (B, C, H, W); guide (B, G, H, W), its differences averaged over channels, without gradient; across
    (B, 1, H, W - 1) and down (B, 1, H - 1, W) bool: the pairs that count. A scalar; means are per sample.
    """
    guide = guide.detach()
    edges_x = (guide[..., 1:] - guide[..., :-1]).abs().mean(dim=1, keepdim=True)
    edges_y = (guide[..., 1:, :] - guide[..., :-1, :]).abs().mean(dim=1, keepdim=True)
    x = (values[..., 1:] - values[..., :-1]).abs() * torch.exp(-edges_x)
    y = (values[..., 1:, :] - values[..., :-1, :]).abs() * torch.exp(-edges_y)
    return mean_of_counted(x, across) + mean_of_counted(y, down)


def neighbouring(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Horizontal (B, 1, H, W - 1) and vertical (B, 1, H - 1, W) pairs that lie in a mask (B, 1, H, W) as a whole."""
    return mask[..., 1:] & mask[..., :-1], mask[..., 1:, :] & mask[..., :-1, :]


def mean_normalised(inverse_depth: Tensor, usable: Tensor) -> Tensor:
    """Inverse depth (B, 1, H, W) over its mean at usable pixels (B, 1, H, W) bool: smoothness must not shrink depth."""
    total = torch.where(usable, inverse_depth, torch.zeros_like(inverse_depth)).sum(dim=(2, 3), keepdim=True)
    count = usable.sum(dim=(2, 3), keepdim=True)
    mean = total / count.clamp(min=1)
    return inverse_depth / torch.where(count > 0, mean, torch.ones_like(mean)).clamp(min=1e-7)


def edge_aware_smoothness(inverse_depth: Tensor, image: Tensor, usable: Tensor) -> Tensor:
    """|dx d| e^-|dx I| + |dy d| e^-|dy I| of mean-normalised inverse depth d (Monodepth2, Godard et al. 2019).

    inverse_depth (B, 1, H, W) above 0; image (B, 3, H, W) 0..1; usable (B, 1, H, W) bool. A scalar, 0 when none is.
    """
    return edge_aware_differences(mean_normalised(inverse_depth, usable), image, *neighbouring(usable))


def semantic_guidance(inverse_depth: Tensor, image: Tensor, labels: Tensor, usable: Tensor) -> Tensor:
    """The semantic-guidance loss L_s = M (|dx d| e^-|dx I| + |dy d| e^-|dy I|) (Yang et al. 2024, eq. 4).

    Shapes as in edge_aware_smoothness; labels (B, H, W) integer, 0 none. M is 1 for pairs of pixels of one and the same
    structure: there depth is consistent, and between structures it may jump. A scalar, 0 when no structure is shown.
    """
    across, down = neighbouring(usable & (labels > 0)[:, None])
    across = across & (labels[..., 1:] == labels[..., :-1])[:, None]
    down = down & (labels[..., 1:, :] == labels[..., :-1, :])[:, None]
    return edge_aware_differences(mean_normalised(inverse_depth, usable), image, across, down)
