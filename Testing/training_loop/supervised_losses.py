"""The supervised losses of frames of which each has another part labelled: the same however processes share them."""

from __future__ import annotations

import torch

from EndoDepthTrainingLib.losses import (
    IGNORE,
    confidence_loss,
    gradient_matching,
    label_cross_entropy,
    median_absolute_log,
    scale_invariant_log,
)
from EndoDepthTrainingLib.stages import Share

FRAMES, SIDE, CLASSES = 5, 16, 3


def supervised_losses(share: Share) -> dict[str, float]:
    """Each loss of this process's frames. Frames 0 and 1 have no truth at all, the others more and more."""
    generator = torch.Generator().manual_seed(5)
    shape = (FRAMES, 1, SIDE, SIDE)
    depth, target, logit = (torch.randn(shape, generator=generator) for _ in range(3))
    valid = torch.rand(shape, generator=generator) < (torch.arange(FRAMES) - 1).view(-1, 1, 1, 1) / FRAMES
    labels = torch.randint(0, 1 + CLASSES, (FRAMES, SIDE, SIDE), generator=generator)
    labels[~valid[:, 0]] = IGNORE
    logits = torch.randn((FRAMES, 1 + CLASSES, SIDE, SIDE), generator=generator)
    weights = torch.rand(1 + CLASSES, generator=generator)
    mine = slice(share.rank, None, share.world)
    depth, target, logit, valid = depth[mine], target[mine], logit[mine], valid[mine]
    losses = {
        "scale_invariant_log": scale_invariant_log(depth, target, valid),
        "median_absolute_log": median_absolute_log(depth, target, valid),
        "gradient_matching": gradient_matching(depth, target, valid),
        "confidence": confidence_loss(logit, depth, target, valid),
        "cross_entropy": label_cross_entropy(logits[mine], labels[mine], weights),
    }
    return {name: float(loss) for name, loss in losses.items()}
