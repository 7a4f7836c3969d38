"""Losses: plain functions of tensors, each with its source."""

from EndoDepthTrainingLib.losses.confidence import confidence_loss
from EndoDepthTrainingLib.losses.depth import gradient_matching, median_absolute_log, scale_invariant_log
from EndoDepthTrainingLib.losses.segmentation import IGNORE, NOT_CLASS, label_cross_entropy

__all__ = [
    "IGNORE",
    "NOT_CLASS",
    "confidence_loss",
    "gradient_matching",
    "label_cross_entropy",
    "median_absolute_log",
    "scale_invariant_log",
]
