"""Stages of training: configuration, objective, the loop, and what is looked at on the way."""

from EndoDepthTrainingLib.stages.config import LossConfig, OptimiserConfig, StageConfig, config_from_dict
from EndoDepthTrainingLib.stages.loop import class_weights, train_stage
from EndoDepthTrainingLib.stages.objective import Taught

__all__ = [
    "LossConfig",
    "OptimiserConfig",
    "StageConfig",
    "Taught",
    "class_weights",
    "config_from_dict",
    "train_stage",
]
