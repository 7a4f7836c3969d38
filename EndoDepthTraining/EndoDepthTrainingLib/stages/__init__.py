"""Stages of training: configuration, the loop and the tasks it trains, and what is looked at on the way."""

from EndoDepthTrainingLib.stages.config import LoopConfig, LossConfig, OptimiserConfig, StageConfig, config_from_dict
from EndoDepthTrainingLib.stages.loop import Cancelled, Report, train
from EndoDepthTrainingLib.stages.objective import Taught
from EndoDepthTrainingLib.stages.supervised import SupervisedTask, class_weights, procedure_table
from EndoDepthTrainingLib.stages.task import Losses, ParameterGroup, Share, Task

__all__ = [
    "Cancelled",
    "Losses",
    "LoopConfig",
    "LossConfig",
    "OptimiserConfig",
    "ParameterGroup",
    "Report",
    "Share",
    "StageConfig",
    "SupervisedTask",
    "Task",
    "Taught",
    "class_weights",
    "config_from_dict",
    "procedure_table",
    "train",
]
