"""Evaluation on data sets: a network's figures, frame by frame, against all that a set knows of its frames."""

from EndoDepthTrainingLib.evaluation.dataset_evaluation import DatasetEvaluation
from EndoDepthTrainingLib.evaluation.pose_evaluation import PoseEvaluation, evaluate_poses
from EndoDepthTrainingLib.evaluation.report import count_of_shown, write_report
from EndoDepthTrainingLib.evaluation.selection import Selection, select
from EndoDepthTrainingLib.evaluation.summary import figures, summary_text

__all__ = [
    "DatasetEvaluation",
    "PoseEvaluation",
    "Selection",
    "count_of_shown",
    "evaluate_poses",
    "figures",
    "select",
    "summary_text",
    "write_report",
]
