"""Cross entropy over classes named by text, with a "none of them" class and labels that may be partial."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.processes import mean_over_samples

IGNORE = 255
"""Label of pixels nobody labelled."""

NOT_CLASS = 128
"""Label NOT_CLASS + v says only that the pixel is not of class v (a polyp data set names nothing but polyps)."""


def label_cross_entropy(
    logits: Tensor, labels: Tensor, class_weights: Tensor | None = None, allowed: Tensor | None = None
) -> Tensor:
    """Cross entropy of logits (B, 1 + K, H, W), channel 0 "none of these", with labels (B, H, W) integer.

    Labels: v in 0..K = channel v; NOT_CLASS + v = anything but channel v, for which the loss is -log(1 - P(v));
    IGNORE = unlabelled. class_weights (1 + K,) scale pixels by their label (NOT_CLASS + v counts as label 0). allowed
    (B, 1 + K) bool: the channels that compete in each image, None = all.
    Returns the weighted mean over labelled pixels, 0 when there is none.
    """
    labels = labels.long()
    labelled = labels != IGNORE
    negative = labelled & (labels > NOT_CLASS)
    positive_label = torch.where(labelled & ~negative, labels, torch.zeros_like(labels))
    if allowed is not None:
        # Far below any logit, but finite: a forbidden class has no share and no gradient.
        logits = logits.masked_fill(~allowed[:, :, None, None], -1e4)
    log_probability = functional.log_softmax(logits, dim=1)
    loss = -log_probability.gather(1, positive_label[:, None])[:, 0]
    if bool(negative.any()):
        excluded = torch.where(negative, labels - NOT_CLASS, torch.zeros_like(labels))
        probability = log_probability.gather(1, excluded[:, None])[:, 0].exp()
        loss = torch.where(negative, -torch.log1p(-probability.clamp(max=1.0 - 1e-4)), loss)
    weights = labelled.to(loss.dtype)
    if class_weights is not None:
        weights = weights * class_weights.to(loss)[positive_label]
    return mean_over_samples((loss * weights).sum(), weights.sum(), least=1e-6)
