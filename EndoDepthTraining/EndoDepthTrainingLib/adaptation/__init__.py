"""Adaptation: the weights fine-tuned on one video, taught by structure from motion and by view synthesis."""

from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig

__all__ = ["AdaptationConfig"]
