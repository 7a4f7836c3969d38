"""What segmentation from few labels has in common, text-guided or by U-Net: batches, rates, held-out Dice, sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthTrainingLib.datasets import Batch, BatchConfig, FrameSet, draw_batch
from EndoDepthTrainingLib.datasets.batches import sampling_weights
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS, label_cross_entropy
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.supervised import class_weights
from EndoDepthTrainingLib.stages.task import Losses, ParameterGroup

LABELLED = "labelled"
"""The one set that batches are drawn from."""

_SHEET_ROWS = 6
_BATCH = 8


@dataclass(frozen=True)
class SegmentationConfig:
    """Segmentation from few labels. The defaults are DenseCLIP's where method.md names them.

    encoder_share: of the learning rate, for the encoder, which comes trained. score_map: weight of the auxiliary loss.
    context_tokens: how many are learned, 0 = none. class_dropout: chance that a prompt is not asked for, in a third of
    the steps (when there are several), so that the decoder takes any number of them. depth_kept: weight of the
    distillation that holds depth where the start weights had it, 0 = depth is not looked at. origin: what the training
    starts from and learns from, for the record.
    """

    name: str
    prompts: tuple[str, ...]
    learning_rate: float = 1e-3
    encoder_share: float = 0.1
    weight_decay: float = 1e-4
    score_map: float = 0.4
    context_tokens: int = 8
    class_dropout: float = 0.3
    depth_kept: float = 0.0
    seed: int = 0
    batch: BatchConfig = field(default_factory=lambda: BatchConfig({LABELLED: 8}, ((192, 192),)))
    origin: Mapping[str, str] = field(default_factory=dict)


class SegmentationTask:
    """Teaches `learner`, of which `network` is what is kept: images (B, 3, H, W) -> logits (B, 1 + K, H, W).

    frames: what is learned from; held_out: what is assessed and drawn. colors: RGB 0..255 of the K prompts.
    """

    def __init__(
        self,
        config: SegmentationConfig,
        learner: nn.Module,
        network: nn.Module,
        frames: FrameSet,
        held_out: FrameSet | None,
        colors: tuple[tuple[int, int, int], ...],
    ) -> None:
        self.name, self.config = config.name, config
        self.learner, self.network = learner, network
        self._sets, self._held_out, self._colors = {LABELLED: frames}, held_out, colors
        self._weights = {LABELLED: sampling_weights(frames, len(config.prompts))}

    def batch(self, step: int, share: Share) -> Batch:
        """The frames of this step."""
        return draw_batch(self._sets, self._weights, self.config.batch, self.config.seed, step).part(share)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The encoder learns slower; vectors, and context tokens, which are points, have no weight decay."""
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, parameter in self.learner.named_parameters():
            if parameter.requires_grad:
                slower = self.config.encoder_share if "encoder." in name else 1.0
                decay = self.config.weight_decay if parameter.ndim > 1 and not name.endswith("context") else 0.0
                groups.setdefault((self.config.learning_rate * slower, decay), []).append(parameter)
        return [ParameterGroup(members, rate, decay) for (rate, decay), members in groups.items()]

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Mean Dice and IoU on the held-out frames."""
        if self._held_out is None:
            return {}
        found = assess_masks(average, self._held_out, self.config.prompts)
        return {"dice": found.mean_dice, "mean_iou": found.mean_iou}

    def sheet(self, average: nn.Module, step: int) -> np.ndarray:
        """A few held-out frames (or frames that teach): image | true labels | predicted labels."""
        shown = self._held_out if self._held_out is not None else self._sets[LABELLED]
        rows = np.unique(np.linspace(0, len(shown) - 1, _SHEET_ROWS).round().astype(int))
        return mask_sheet(average, shown.subset(rows), self._colors)


class UNetLearner(nn.Module):
    """A U-Net and its cross entropy."""

    def __init__(self, network: nn.Module, weights: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("weights", weights)

    def forward(self, batch: Batch, average: nn.Module, step: int) -> Losses:
        """The loss of the masks."""
        return {"masks": label_cross_entropy(self.network(batch.images), batch.labels, self.get_buffer("weights"))}


def unet_task(
    config: SegmentationConfig,
    network: nn.Module,
    frames: FrameSet,
    held_out: FrameSet | None,
    colors: tuple[tuple[int, int, int], ...],
) -> SegmentationTask:
    """Plain supervised training of a network of logits (a UNet), with the batches and rates of text-guided training."""
    weights = class_weights({LABELLED: frames}, len(config.prompts))
    return SegmentationTask(config, UNetLearner(network, weights), network, frames, held_out, colors)


@torch.inference_mode()
def mask_probabilities(network: nn.Module, images: np.ndarray) -> np.ndarray:
    """(N, 1 + K, H, W) float32 of images (N, H, W, 3) uint8: softmax over "none" and K classes, on the images' grid.

    network: images (B, 3, h, w) float 0..1, sides multiples of 32 -> logits (B, 1 + K, h, w).
    """
    device = next(network.parameters()).device
    results = []
    for first in range(0, len(images), _BATCH):
        chunk = torch.from_numpy(np.ascontiguousarray(images[first : first + _BATCH])).to(device)
        tensor = chunk.permute(0, 3, 1, 2).float() / 255.0
        size = tensor.shape[-2:]
        inner = [max(32, round(side / 32) * 32) for side in size]
        if list(size) != inner:
            tensor = functional.interpolate(tensor, inner, mode="bilinear", align_corners=False)
        logits = network(tensor.contiguous(memory_format=torch.channels_last))
        probabilities = logits.float().softmax(dim=1)
        if list(size) != inner:
            probabilities = functional.interpolate(probabilities, size, mode="bilinear", align_corners=False)
        results.append(probabilities.cpu().numpy())
    return np.concatenate(results)


def assess_masks(network: nn.Module, frames: FrameSet, prompts: tuple[str, ...]) -> SegmentationEvaluation:
    """Masks of every frame against its labels; "not this one" counts as none of them, unlabelled pixels do not."""
    evaluation = SegmentationEvaluation(prompts)
    for first in range(0, len(frames), _BATCH):
        images, labels = frames.images[first : first + _BATCH], frames.labels[first : first + _BATCH]
        for said, truth in zip(mask_probabilities(network, images).argmax(axis=1), labels, strict=True):
            excluded = (truth > NOT_CLASS) & (truth != IGNORE)
            evaluation.add(said.astype(np.uint8), np.where(excluded, 0, truth).astype(np.uint8))
    return evaluation


def mask_sheet(network: nn.Module, frames: FrameSet, colors: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    """(H, W, 3) uint8 RGB, a line a frame: image | with its labels | with the predicted ones."""
    said = mask_probabilities(network, frames.images).argmax(axis=1)
    lines = [
        np.concatenate([image, overlaid(image, truth, colors), overlaid(image, labels, colors)], axis=1)
        for image, truth, labels in zip(frames.images, frames.labels, said, strict=True)
    ]
    return np.concatenate(lines)


def overlaid(image: np.ndarray, labels: np.ndarray, colors: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    """The image (H, W, 3) uint8 with each structure tinted and outlined in its colour; unlabelled pixels darkened."""
    shown = image.copy()
    shown[labels == IGNORE] //= 2
    for value, color in enumerate(colors, start=1):
        mask = (labels == value).astype(np.uint8)
        if mask.any():
            shown[mask > 0] = (0.65 * shown[mask > 0] + 0.35 * np.array(color)).astype(np.uint8)
            outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
            cv2.drawContours(shown, outlines, -1, color, max(1, min(shown.shape[:2]) // 128))
    return shown
