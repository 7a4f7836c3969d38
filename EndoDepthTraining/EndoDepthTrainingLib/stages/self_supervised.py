"""Stage 2, self-supervised depth from video, as a task of the loop (Yang et al. 2024; Monodepth2; AF-SfMLearner)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from EndoDepthLib.errors import InputError
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets.motion.batches import MotionBatch, MotionBatches
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, spread
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.motion_assessment import depth_figures, depth_sheet, predicted_depth
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig
from EndoDepthTrainingLib.stages.task import ParameterGroup
from EndoDepthTrainingLib.stages.view_synthesis_learner import ViewSynthesisLearner

_SHEET_ROWS = 6
_UNIT_FRAMES = 4


class SelfSupervisedTask:
    """Teaches depth of `network` (changed in place) from clips of one picture size, each with its stride and labels.

    text (K, D): embeddings of the labels' structures, needed when config.masks is not 0. training_weights: where the
    encoders that only training needs start. Cameras that are not known get a learned focal length.
    """

    def __init__(
        self,
        config: SelfSupervisedConfig,
        network: EndoDepthNetwork,
        clips: Sequence[MotionClip],
        text: Tensor | None = None,
        training_weights: str | None = None,
    ) -> None:
        self.name, self.config = config.name, config
        self.network = network.requires_grad_(True)
        self.clips = tuple(clips)
        self.held_out = [held_out_frames(clip, config.held_out_every) for clip in clips]
        self._batches = MotionBatches(self.clips, self.held_out, config.jitter)
        if not len(self._batches):
            raise InputError(f"'{clips[0].name}' is too short to learn from: no frame has both its neighbours")
        torch.manual_seed(config.seed)
        learned = [not clip.camera_known for clip in clips]
        unit = usual_depth(network, self.clips)
        self.learner = ViewSynthesisLearner(config, network, learned, unit, text, training_weights)
        self.learner.to(next(network.parameters()).device)
        if not config.masks:
            network.segmentation_decoder.requires_grad_(False)

    def batch(self, step: int, share: Share) -> MotionBatch:
        """Targets and their neighbours."""
        return self._batches.draw(self.config.batch, self.config.seed, step, share)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The shared encoder learns slowest; vectors have no weight decay."""
        config = self.config
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.learner.named_parameters():
            if not parameter.requires_grad:
                continue
            rate = config.training_learning_rate
            if name.startswith("network."):
                rate = config.encoder_learning_rate if ".encoder." in f".{name}" else config.learning_rate
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
        return [ParameterGroup(members, rate, decay) for (rate, decay), members in groups.items()]

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Depth of held-out frames against the truth where a clip has one, beside a constant; empty otherwise."""
        assert isinstance(average, EndoDepthNetwork)
        figures = depth_figures(average, self.clips, self.held_out)
        if figures:
            text = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
            print(f"{self.name} step {step}: {text}", flush=True)
        return figures

    def sheet(self, average: nn.Module, step: int) -> np.ndarray:
        """Frames of the first clip: image | what is learned from | predicted depth | truth, if there is one."""
        assert isinstance(average, EndoDepthNetwork)
        clip = self.clips[0]
        return depth_sheet(average, clip, list(spread(len(clip), _SHEET_ROWS)))


def held_out_frames(clip: MotionClip, every: int) -> np.ndarray:
    """Numbers of the frames that nothing is learned from: neither as target nor as neighbour."""
    targets = clip.targets
    return targets[every // 2 :: every] if every and len(targets) > 2 * every else targets[:0]


def usual_depth(network: EndoDepthNetwork, clips: Sequence[MotionClip]) -> float:
    """The network's median depth on a few frames: the unit in which translations are learned."""
    clip = clips[0]
    rows = list(spread(len(clip), _UNIT_FRAMES))
    was_training = network.training
    depth = predicted_depth(network.eval(), clip.images[rows])
    network.train(was_training)
    return float(np.median(depth))
