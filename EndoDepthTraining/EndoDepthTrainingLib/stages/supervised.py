"""Supervised stages as a task of the loop: depth and masks of frames with truth, consistency of those without."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.datasets import Batch, FrameSet, draw_batch
from EndoDepthTrainingLib.datasets.batches import sampling_weights
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.assessment import assess
from EndoDepthTrainingLib.stages.config import OptimiserConfig, StageConfig
from EndoDepthTrainingLib.stages.objective import Taught, batch_loss
from EndoDepthTrainingLib.stages.sheet import sheet_picture, stacked
from EndoDepthTrainingLib.stages.task import Losses, ParameterGroup

SHEET_ROWS = 6


class SupervisedTask:
    """Teaches `network` (changed in place) from `sets`, mixed as `config` says.

    vocabulary: the classes, whose embeddings guide the masks. validation: what is assessed and drawn while it learns;
    without it nothing is assessed, and frames of `sets` are drawn.
    """

    def __init__(
        self,
        config: StageConfig,
        network: EndoDepthNetwork,
        sets: Mapping[str, FrameSet],
        vocabulary: Vocabulary,
        validation: FrameSet | None = None,
    ) -> None:
        self.name, self.config = config.name, config
        self.network = network.requires_grad_(True)
        self._vocabulary, self._sets, self._validation = vocabulary, sets, validation
        device = next(network.parameters()).device
        self.learner = SupervisedLearner(config, network, taught_by(sets, vocabulary).to(device))

    @cached_property
    def _weights(self) -> dict[str, np.ndarray]:
        return {name: sampling_weights(frames, len(self._vocabulary)) for name, frames in self._sets.items()}

    def batch(self, step: int, share: Share) -> Batch:
        """The frames of this step; every process draws the whole batch, which costs little, and keeps its part."""
        return draw_batch(self._sets, self._weights, self.config.batch, self.config.seed, step).part(share)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The encoder, which comes trained, learns slower; vectors (norms, biases) have no weight decay."""
        return parameter_groups(self.network, self.config.optimiser)

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Depth and masks on the validation frames, printed too, beside what trivial answers score."""
        if self._validation is None:
            return {}
        assert isinstance(average, EndoDepthNetwork)
        assessment = assess(average, self._validation, self._vocabulary)
        print(f"{self.name} step {step}: {assessment.summary()}", flush=True)
        return assessment.main_figures()

    def sheet(self, average: nn.Module, step: int) -> np.ndarray:
        """A few frames of the validation set, or of every set: image | truth | prediction, depth and labels."""
        assert isinstance(average, EndoDepthNetwork)
        text, colors = torch.from_numpy(np.asarray(self._vocabulary.embeddings)), self._vocabulary.colors
        shown = [self._validation] if self._validation is not None else list(self._sets.values())
        rows = [np.linspace(0, len(frames) - 1, SHEET_ROWS).round().astype(int).tolist() for frames in shown]
        return stacked(
            [sheet_picture(average, frames, chosen, text, colors) for frames, chosen in zip(shown, rows, strict=True)]
        )


class SupervisedLearner(nn.Module):
    """The network and its losses; the texts it is taught are no parameters."""

    def __init__(self, config: StageConfig, network: EndoDepthNetwork, taught: Taught) -> None:
        super().__init__()
        self.network = network
        self._config, self._taught = config, taught

    def forward(self, batch: Batch, average: EndoDepthNetwork, step: int) -> Losses:
        """The weighted losses of a batch; random choices (classes left out, noise on texts) follow from the step."""
        generator = torch.Generator().manual_seed(self._config.seed * 1_000_003 + step)
        return batch_loss(self.network, average, batch, self._taught, self._config.loss, generator)


def parameter_groups(network: nn.Module, config: OptimiserConfig) -> list[ParameterGroup]:
    """Parameters by learning rate (lower under "encoder.") and weight decay (matrices and kernels only)."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        rate = config.encoder_learning_rate if name.startswith("encoder.") else config.learning_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [ParameterGroup(members, rate, decay) for (rate, decay), members in groups.items()]


def taught_by(sets: Mapping[str, FrameSet], vocabulary: Vocabulary) -> Taught:
    """All classes of the vocabulary, their pixels weighted by how rare they are in the sets."""
    text = torch.from_numpy(np.asarray(vocabulary.embeddings))
    return Taught(text, class_weights(sets, len(vocabulary)), procedure_table(vocabulary))


def class_weights(sets: Mapping[str, FrameSet], classes: int) -> Tensor:
    """(1 + K,) weight of each label's pixels: square root of inverse frequency, 1 at the median, within 0.4 to 3."""
    counts = np.sum([frames.class_pixels(classes + 1).sum(axis=0) for frames in sets.values()], axis=0)
    shown = counts > 0
    weights = np.ones(classes + 1)
    weights[shown] = np.clip(np.sqrt(np.median(counts[shown]) / counts[shown]), 0.4, 3.0)
    return torch.from_numpy(weights).float()


def procedure_table(vocabulary: Vocabulary) -> Tensor:
    """(P, K) bool: the classes seen in each procedure of the vocabulary, procedures in alphabetical order."""
    names = sorted({name for seen_in in vocabulary.procedures for name in seen_in})
    rows = [[name in seen_in for seen_in in vocabulary.procedures] for name in names]
    return torch.tensor(rows, dtype=torch.bool).reshape(len(names), len(vocabulary))
