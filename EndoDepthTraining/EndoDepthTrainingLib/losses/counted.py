"""Means over what counts: each sample by itself, so that one with few usable pixels weighs as much as the others."""

from __future__ import annotations

import torch
from torch import Tensor

from EndoDepthTrainingLib.processes import mean_over_samples


def mean_of_counted(values: Tensor, counted: Tensor) -> Tensor:
    """Mean over samples of the mean over their counted elements; samples without any do not take part.

    values (B, ...), any number where not counted; counted (B, ...) bool, of a shape that broadcasts to it. A scalar, 0
    when nothing counts.
    """
    counted = counted.expand_as(values)
    kept = torch.where(counted, values, torch.zeros_like(values)).flatten(1).sum(dim=1)
    number = counted.flatten(1).sum(dim=1)
    has_any = number > 0
    return mean_over_samples((kept / number.clamp(min=1)).sum(), has_any.sum())
