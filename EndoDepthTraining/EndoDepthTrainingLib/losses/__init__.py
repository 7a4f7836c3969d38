"""Losses: plain functions of tensors, each with its source."""

from EndoDepthTrainingLib.losses.confidence import confidence_loss
from EndoDepthTrainingLib.losses.depth import gradient_matching, median_absolute_log, scale_invariant_log
from EndoDepthTrainingLib.losses.flow import (
    appearance_consistency,
    calibrated,
    flow_smoothness,
    mutually_visible,
    registration_loss,
    residual_smoothness,
)
from EndoDepthTrainingLib.losses.photometric import (
    photometric_error,
    photometric_loss,
    smallest_error,
    structural_similarity,
    visibility_mask,
)
from EndoDepthTrainingLib.losses.segmentation import IGNORE, NOT_CLASS, label_cross_entropy
from EndoDepthTrainingLib.losses.smoothness import edge_aware_smoothness, mean_normalised, semantic_guidance

__all__ = [
    "IGNORE",
    "NOT_CLASS",
    "appearance_consistency",
    "calibrated",
    "confidence_loss",
    "edge_aware_smoothness",
    "flow_smoothness",
    "gradient_matching",
    "label_cross_entropy",
    "mean_normalised",
    "median_absolute_log",
    "mutually_visible",
    "photometric_error",
    "photometric_loss",
    "registration_loss",
    "residual_smoothness",
    "scale_invariant_log",
    "semantic_guidance",
    "smallest_error",
    "structural_similarity",
    "visibility_mask",
]
