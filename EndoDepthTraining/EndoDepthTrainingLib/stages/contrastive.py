"""Contrastive pre-training of the image encoder: whole pictures against the names of what they show, as CLIP's was.

It is the ablation's stand-in for raw CLIP weights: language-image training without any mask.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets import Batch, BatchConfig, FrameSet, draw_batch
from EndoDepthTrainingLib.datasets.batches import sampling_weights
from EndoDepthTrainingLib.losses import IGNORE
from EndoDepthTrainingLib.losses.contrastive import image_text_contrast
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.task import Losses, ParameterGroup

_SET = "labelled"
_LEAST_SHARE = 0.005
"""A structure belongs to the caption when it covers this share of the picture."""


class ContrastiveLearner(nn.Module):
    """The network's encoder and pooling, a projection to the texts' space, and the loss; text (K, D) unit vectors."""

    text: Tensor

    def __init__(self, network: EndoDepthNetwork, text: Tensor) -> None:
        super().__init__()
        self.network = network
        self.projection = nn.Linear(network.config.attention_dim, text.shape[1])
        self.register_buffer("text", text)

    def forward(self, batch: Batch, average: nn.Module, step: int) -> Losses:
        """The contrast of the batch's pictures with their captions."""
        features = self.network.encode(batch.images.contiguous(memory_format=torch.channels_last))
        images = functional.normalize(self.projection(features[-1].float().mean(dim=(2, 3))), dim=1)
        return {"contrast": image_text_contrast(images, captions(batch.labels, self.text))}


def captions(labels: Tensor, text: Tensor) -> Tensor:
    """(B, D) unit vectors: the mean of the texts of the structures that a picture's labels (B, H, W) show."""
    flat = labels.flatten(1)
    shown = torch.stack([(flat == 1 + index).float().mean(dim=1) > _LEAST_SHARE for index in range(len(text))], dim=1)
    shown = shown.to(text.dtype)
    nothing = shown.sum(dim=1, keepdim=True) == 0
    total = torch.where(nothing, text.mean(dim=0, keepdim=True), shown @ text)
    return functional.normalize(total, dim=1)


class ContrastiveTask:
    """Trains the encoder of `network` (changed in place) on labelled frames, of whose masks only the names are used."""

    def __init__(
        self, name: str, network: EndoDepthNetwork, frames: FrameSet, text: Tensor, batch: BatchConfig, seed: int = 0
    ) -> None:
        self.name, self.network = name, network
        torch.manual_seed(seed)
        self.learner = ContrastiveLearner(network, text).to(next(network.parameters()).device)
        for decoder in (network.depth_decoder, network.segmentation_decoder):
            decoder.requires_grad_(False)
        self._sets, self._batch, self._seed = {_SET: frames}, batch, seed
        labelled = frames.labels[frames.labels != IGNORE]
        self._weights = {_SET: sampling_weights(frames, max(len(text), int(labelled.max(initial=0))))}

    def batch(self, step: int, share: Share) -> Batch:
        """The frames of this step."""
        return draw_batch(self._sets, self._weights, self._batch, self._seed, step).part(share)

    def parameter_groups(self) -> list[ParameterGroup]:
        """Everything at one rate."""
        learning = [parameter for parameter in self.learner.parameters() if parameter.requires_grad]
        return [ParameterGroup(learning, 4e-4, 1e-3)]

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Nothing: the ablation measures what comes of it."""
        return {}

    def sheet(self, average: nn.Module, step: int) -> np.ndarray | None:
        """Nothing to look at."""
        return None
