"""Stage 1, text-guided segmentation (Yang et al. 2024; DenseCLIP, Rao et al. 2022): it trains the image encoder.

Pixels and prompts meet in one space. Learned context tokens and the context decoder adapt the prompts, the score map
guides the mask decoder and is supervised itself; the text tower is frozen, the encoder learns at a tenth of the rate.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.networks import Checkpoint, DepthOutput, EndoDepthNetwork, NetworkConfig
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.datasets import Batch, FrameSet
from EndoDepthTrainingLib.datasets.batches import without_classes
from EndoDepthTrainingLib.losses import gradient_matching, scale_invariant_log
from EndoDepthTrainingLib.processes import mean_over_samples
from EndoDepthTrainingLib.stages.config import LossConfig
from EndoDepthTrainingLib.stages.objective import segmentation_losses
from EndoDepthTrainingLib.stages.segmentation_task import LABELLED, SegmentationConfig, SegmentationTask
from EndoDepthTrainingLib.stages.supervised import class_weights
from EndoDepthTrainingLib.stages.task import Losses
from EndoDepthTrainingLib.text.context_prompts import ContextPrompts
from EndoDepthTrainingLib.text.guiding_tower import GuidingTower

_SEEN = 0.02
"""A pixel darker than this lies outside the endoscope's picture."""

_CONFIDENCE_KEPT = 0.1
_UNIT_KEPT = 0.1


class GuidedSegmenter(nn.Module):
    """An EndoDepthNetwork and the prompts it is asked for: images (B, 3, H, W) -> logits (B, 1 + K, H, W)."""

    def __init__(self, network: EndoDepthNetwork, prompts: ContextPrompts) -> None:
        super().__init__()
        self.network, self.prompts = network, prompts

    def forward(self, images: Tensor) -> Tensor:
        """Channel 0: none of the prompts."""
        return self.network.segment(self.network.encode(images), self.prompts()).logits_with_none


class GuidedLearner(nn.Module):
    """The segmenter and its losses. The teacher of depth, frozen, is no part of its state."""

    def __init__(self, config: SegmentationConfig, segmenter: GuidedSegmenter, weights: Tensor) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.register_buffer("weights", weights)
        self._config = config
        self._teacher: list[EndoDepthNetwork] = []
        network = segmenter.network.requires_grad_(True)
        if config.depth_kept:
            self._teacher.append(copy.deepcopy(network).eval().requires_grad_(False))
        else:
            network.depth_decoder.requires_grad_(False)

    def forward(self, batch: Batch, average: nn.Module, step: int) -> Losses:
        """Cross entropy of the masks and of the score map; with depth_kept the distance from the start's depth."""
        network, config = self.segmenter.network, self._config
        features = network.encode(batch.images)
        text, labels, weights = self._asked_for(batch.labels, step)
        segmentation = network.segment(features, text)
        losses = segmentation_losses(
            segmentation, labels, weights, LossConfig(segmentation=1.0, score_map=config.score_map)
        )
        if self._teacher:
            teacher = self._teacher[0].to(batch.images.device)
            with torch.no_grad():
                target = teacher.decode_depth(teacher.encode(batch.plain))
            kept = depth_distance(network.decode_depth(features), target, batch.plain)
            losses["depth_kept"] = config.depth_kept * kept
        return losses

    def _asked_for(self, labels: Tensor, step: int) -> tuple[Tensor, Tensor, Tensor]:
        text, weights = self.segmenter.prompts(), self.get_buffer("weights")
        generator = torch.Generator().manual_seed(self._config.seed * 1_000_003 + step)
        fixed = len(text) < 2 or self.segmenter.network.config.fixed_classes
        if fixed or not self._config.class_dropout or float(torch.rand((), generator=generator)) > 1 / 3:
            return text, labels, weights
        kept = torch.rand(len(text), generator=generator) >= self._config.class_dropout
        kept[int(torch.randint(len(text), (), generator=generator))] = True
        labels, kept = without_classes(labels, kept), kept.to(text.device)
        return text[kept], labels, torch.cat([weights[:1], weights[1:][kept]])


def depth_distance(output: DepthOutput, target: DepthOutput, plain: Tensor) -> Tensor:
    """How far depth and confidence lie from a teacher's, a scalar: the depth head must go with the encoder that moves.

    plain (B, 3, H, W): what the teacher saw; black pixels do not count.
    """
    seen = plain.amax(dim=1, keepdim=True) > _SEEN
    own, wanted = -output.inverse_depth[0].log(), -target.inverse_depth[0].log()
    confidence = functional.binary_cross_entropy_with_logits(
        output.confidence_logit, target.confidence_logit.sigmoid(), reduction="none"
    )
    return (
        scale_invariant_log(own, wanted, seen, _UNIT_KEPT)
        + 0.5 * gradient_matching(own, wanted, seen)
        + _CONFIDENCE_KEPT * mean_over_samples((confidence * seen).sum(), seen.sum())
    )


def guided_task(
    config: SegmentationConfig,
    segmenter: GuidedSegmenter,
    frames: FrameSet,
    held_out: FrameSet | None,
    colors: tuple[tuple[int, int, int], ...],
) -> SegmentationTask:
    """Stage 1 as a task of the loop."""
    weights = class_weights({LABELLED: frames}, len(config.prompts))
    learner = GuidedLearner(config, segmenter, weights)
    return SegmentationTask(config, learner, segmenter, frames, held_out, colors)


def fresh_segmenter(
    config: NetworkConfig, tower: GuidingTower, prompts: Sequence[str], context: int, seed: int
) -> GuidedSegmenter:
    """A network that knows ImageNet only; its depth decoder is untrained."""
    torch.manual_seed(seed)
    network = EndoDepthNetwork(replace(config, text_dim=tower.text_dim), "imagenet")
    return GuidedSegmenter(network, ContextPrompts(tower, prompts, None, context, seed))


def started_segmenter(
    start: Checkpoint, tower: GuidingTower, prompts: Sequence[str], context: int, seed: int
) -> GuidedSegmenter:
    """The network of a checkpoint; prompts it knows start from the vectors it knows them by.

    With a text tower of another space the projection of texts, and nothing else, begins anew. Raises WeightsError for
    a network of a fixed number of classes that are not these.
    """
    network, vocabulary = start.network, Vocabulary.from_dict(start.vocabulary)
    if network.config.fixed_classes and network.config.fixed_classes != len(prompts):
        raise WeightsError(
            f"the start weights are made for exactly {network.config.fixed_classes} classes, not {len(prompts)}; start "
            "from others"
        )
    torch.manual_seed(seed)
    anchors = None
    space = start.metadata.get("text_tower", {}).get("sha256", vocabulary.text_tower_sha256)
    if space == tower.sha256 and vocabulary.embeddings is not None and network.config.text_dim == tower.text_dim:
        anchors = tower.embed(tower.tokens(prompts, 0))
        for row, index in enumerate(vocabulary.index_of(prompt) for prompt in prompts):
            if index is not None:
                anchors[row] = torch.from_numpy(vocabulary.embeddings[index])
    else:
        other = EndoDepthNetwork(replace(network.config, text_dim=tower.text_dim))
        state: dict[str, Any] = dict(network.state_dict())
        state.pop("segmentation_decoder.project_text.weight")
        other.load_state_dict(state, strict=False)
        network = other
    return GuidedSegmenter(network, ContextPrompts(tower, prompts, anchors, context, seed))
