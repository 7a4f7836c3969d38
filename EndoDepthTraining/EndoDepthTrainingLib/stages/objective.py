"""The loss of one batch: depth, confidence, segmentation and consistency, weighed by LossConfig."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthLib.networks import DepthOutput, EndoDepthNetwork, SegmentationOutput
from EndoDepthTrainingLib.datasets.batches import Batch, without_classes
from EndoDepthTrainingLib.losses import (
    NOT_CLASS,
    confidence_loss,
    gradient_matching,
    label_cross_entropy,
    median_absolute_log,
    scale_invariant_log,
)
from EndoDepthTrainingLib.losses.depth import log_of_target
from EndoDepthTrainingLib.stages.config import LossConfig

Output = TypeVar("Output", DepthOutput, SegmentationOutput)

COARSE_STRIDE = 32
"""Stride of the score map, which is supervised itself with the same labels."""


@dataclass(frozen=True)
class Taught:
    """The classes a stage teaches: text (K, D) unit vectors, class_weights (1 + K,) of their pixels, and procedures
    (P, K) bool, the classes seen in each kind of endoscopy (P may be 0: any class may be beside any other)."""

    text: Tensor
    class_weights: Tensor
    procedures: Tensor

    def to(self, device: torch.device) -> Taught:
        """The same on a device."""
        return Taught(self.text.to(device), self.class_weights.to(device), self.procedures.to(device))


def batch_loss(
    network: EndoDepthNetwork,
    average: EndoDepthNetwork,
    batch: Batch,
    taught: Taught,
    config: LossConfig,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """The weighted losses of a batch by name, each a scalar with gradient; their sum is what is minimised.

    `average`: the network with averaged weights, the teacher of consistency. Random numbers come from `generator` only.
    """
    text, labels, class_weights, allowed = _asked_for(taught, batch.labels, config, generator)
    images = batch.images.contiguous(memory_format=torch.channels_last)
    features = network.encode(images)
    depth = _at_least_float32(network.decode_depth(features))
    losses = depth_losses(depth, batch, config)
    segmentation = _at_least_float32(network.segment(features, text))
    losses |= segmentation_losses(segmentation, labels, class_weights, config, allowed)
    unlabelled = ~batch.has_depth
    if config.consistency:
        losses["consistency"] = config.consistency * _consistency(depth, average, batch.plain, unlabelled)
    return losses


def depth_losses(output: DepthOutput, batch: Batch, config: LossConfig) -> dict[str, Tensor]:
    """Scale-invariant and gradient losses at every scale of the output (each half the weight of the finer one), the
    absolute error at the finest."""
    log_target, valid = log_of_target(batch.depth)
    invariant, gradient, total = log_target.new_zeros(()), log_target.new_zeros(()), 0.0
    for scale, inverse_depth in enumerate(output.inverse_depth):
        step, weight = 2**scale, 0.5**scale
        centres = (..., slice(step // 2, None, step), slice(step // 2, None, step))
        target, known = log_target[centres], valid[centres]
        log_depth = -inverse_depth.log()
        invariant = invariant + weight * scale_invariant_log(log_depth, target, known, config.depth_scale)
        gradient = gradient + weight * gradient_matching(log_depth, target, known, len(output.inverse_depth) - scale)
        total += weight
    finest = -output.inverse_depth[0].log()
    return {
        "depth": config.depth * invariant / total,
        "absolute": config.absolute * median_absolute_log(finest, log_target, valid),
        "gradient": config.gradient * gradient / total,
        "confidence": config.confidence * confidence_loss(output.confidence_logit, finest, log_target, valid),
    }


def segmentation_losses(
    output: SegmentationOutput,
    labels: Tensor,
    class_weights: Tensor,
    config: LossConfig,
    allowed: Tensor | None = None,
) -> dict[str, Tensor]:
    """Cross entropy of the masks, and of the score map against the label at each of its cells' centres (method.md)."""
    half = COARSE_STRIDE // 2
    coarse = labels[:, half::COARSE_STRIDE, half::COARSE_STRIDE]
    masks = label_cross_entropy(output.logits_with_none, labels, class_weights, allowed)
    scores = label_cross_entropy(output.scores_with_none, coarse, class_weights, allowed)
    return {"masks": config.segmentation * masks, "scores": config.segmentation * config.score_map * scores}


def _at_least_float32(output: Output) -> Output:
    """Outputs as the losses take them: under autocast they come with fewer digits."""
    values: dict[str, Any] = {field.name: getattr(output, field.name) for field in fields(output)}
    for name, value in values.items():
        values[name] = tuple(map(_promoted, value)) if isinstance(value, tuple) else _promoted(value)
    return replace(output, **values)


def _promoted(value: Tensor) -> Tensor:
    return value.to(torch.promote_types(value.dtype, torch.float32))


def _asked_for(
    taught: Taught, labels: Tensor, config: LossConfig, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Texts of this step: class embeddings moved a little, as other phrasings would; now and then some left out."""
    text = taught.text
    noise = torch.randn(text.shape, generator=generator) / text.shape[1] ** 0.5
    length = config.text_noise * torch.rand((len(text), 1), generator=generator)
    text = functional.normalize(text + (length * noise).to(text), dim=1)
    if float(torch.rand((), generator=generator)) > 1 / 3:
        return text, labels, taught.class_weights, allowed_classes(labels, taught.procedures)
    kept = torch.rand(len(text), generator=generator) >= config.class_dropout
    kept[int(torch.randint(len(text), (), generator=generator))] = True
    labels, kept = without_classes(labels, kept), kept.to(text.device)
    return text[kept], labels, torch.cat([taught.class_weights[:1], taught.class_weights[1:][kept]]), None


def allowed_classes(labels: Tensor, procedures: Tensor) -> Tensor | None:
    """(B, 1 + K) bool: "none of these" and the classes of the procedures an image's labels tell of; None = all.

    labels (B, H, W) uint8 as in label_cross_entropy; procedures (P, K) bool. Classes of one procedure tell which it is.
    """
    if not len(procedures):
        return None
    count = procedures.shape[1]
    flat = labels.flatten(1)
    shown = [((flat == value) | (flat == NOT_CLASS + value)).any(dim=1) for value in range(1, count + 1)]
    telling = torch.stack(shown, dim=1) & (procedures.sum(dim=0) == 1)
    took_place = telling.float() @ procedures.T.float() > 0
    took_place |= ~took_place.any(dim=1, keepdim=True)
    allowed = took_place.float() @ procedures.float() > 0
    return torch.cat([torch.ones_like(allowed[:, :1]), allowed], dim=1)


def _consistency(depth: DepthOutput, average: EndoDepthNetwork, plain: Tensor, unlabelled: Tensor) -> Tensor:
    """Depth of recoloured, relit pictures against the averaged network's depth of the plain ones (mean teacher)."""
    images = plain[unlabelled].contiguous(memory_format=torch.channels_last)
    seen = images.amax(dim=1, keepdim=True) > 0.02  # outside the picture there is nothing to agree about
    student = -depth.inverse_depth[0][unlabelled].log()
    teacher = student.detach()  # of no pictures at all: this process's part of the batch may have none
    if len(images):
        with torch.no_grad():
            teacher = -average.decode_depth(average.encode(images)).inverse_depth[0].log()
    return scale_invariant_log(student, teacher, seen) + 0.5 * gradient_matching(student, teacher, seen)
