"""Figures: depth and segmentation against references, always beside what trivial answers would have scored."""

from EndoDepthLib.evaluation.calibration import ConfidenceCalibration
from EndoDepthLib.evaluation.depth_evaluation import DepthEvaluation, evaluate_depth
from EndoDepthLib.evaluation.depth_metrics import (
    DepthMetrics,
    DepthProtocol,
    depth_metrics,
    mean_metrics,
    resize_through_disparity,
)
from EndoDepthLib.evaluation.depth_references import DepthReference, DepthReferences, find_depth_references
from EndoDepthLib.evaluation.label_references import KNOWN_LAYOUTS, LabelFolder, find_labels
from EndoDepthLib.evaluation.segmentation_evaluation import SegmentationEvaluation, evaluate_segmentation
from EndoDepthLib.evaluation.segmentation_metrics import IGNORED, ConfusionMatrix
from EndoDepthLib.evaluation.sparsification import Sparsification, SparsificationCurve
from EndoDepthLib.evaluation.trivial_baselines import light, trivial_depths

__all__ = [
    "IGNORED",
    "KNOWN_LAYOUTS",
    "ConfidenceCalibration",
    "ConfusionMatrix",
    "DepthEvaluation",
    "DepthMetrics",
    "DepthProtocol",
    "DepthReference",
    "DepthReferences",
    "LabelFolder",
    "SegmentationEvaluation",
    "Sparsification",
    "SparsificationCurve",
    "depth_metrics",
    "evaluate_depth",
    "evaluate_segmentation",
    "find_depth_references",
    "find_labels",
    "light",
    "mean_metrics",
    "resize_through_disparity",
    "trivial_depths",
]
