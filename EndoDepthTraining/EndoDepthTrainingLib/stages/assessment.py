"""What a network is worth on a set of frames: depth and masks beside what trivial answers score."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthLib.evaluation import DepthEvaluation, DepthReference, SegmentationEvaluation
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets import FrameSet
from EndoDepthTrainingLib.losses import IGNORE
from EndoDepthTrainingLib.processes import own_share

STRIDE = 32
BATCH = 8


@dataclass(frozen=True)
class Predictions:
    """What the network says of n frames, on its own grid: images (n, 3, h, w) float 0..1; depth and confidence
    (n, h, w) float32; labels (n, h, w) uint8, 0 = none of the texts."""

    images: np.ndarray
    depth: np.ndarray
    confidence: np.ndarray
    labels: np.ndarray


@torch.inference_mode()
def predict(
    network: EndoDepthNetwork, images: np.ndarray, text: Tensor, competitors: Sequence[int] | None = None
) -> Predictions:
    """Predictions for images (n, H, W, 3) uint8, resized to the nearest multiples of 32; text (K, D) unit vectors.

    competitors: the classes that may be labelled; None = all of them.
    """
    device = next(network.parameters()).device
    tensor = torch.from_numpy(np.array(images)).to(device).permute(0, 3, 1, 2).float() / 255.0
    size = [max(STRIDE, round(side / STRIDE) * STRIDE) for side in tensor.shape[-2:]]
    if list(tensor.shape[-2:]) != size:
        tensor = functional.interpolate(tensor, size, mode="bilinear", align_corners=False)
    tensor = tensor.contiguous(memory_format=torch.channels_last)
    features = network.encode(tensor)
    depth = network.decode_depth(features)
    logits = network.segment(features, text.to(device)).logits_with_none
    if competitors is not None:
        elsewhere = torch.ones(logits.shape[1], dtype=torch.bool, device=device)
        elsewhere[[0, *(1 + index for index in competitors)]] = False
        logits = logits.masked_fill(elsewhere[:, None, None], -torch.inf)
    labels = logits.argmax(dim=1)
    return Predictions(
        tensor.cpu().numpy(),
        depth.depth[:, 0].cpu().numpy(),
        depth.confidence_logit[:, 0].sigmoid().cpu().numpy(),
        labels.to(torch.uint8).cpu().numpy(),
    )


def predictions(
    network: EndoDepthNetwork, frames: FrameSet, vocabulary: Vocabulary
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """(row, depth, confidence, labels) of every frame, a few frames at a time.

    Asked for are the structures of the procedure a group of frames shows, as a user asks who knows what is being done.
    """
    text = torch.from_numpy(np.asarray(vocabulary.embeddings))
    shown = frames.class_pixels(len(vocabulary) + 1)[:, 1:] > 0
    for group in np.unique(frames.groups):
        rows = np.flatnonzero(frames.groups == group)
        competitors = vocabulary.competitors(np.flatnonzero(shown[rows].any(axis=0)).tolist())
        for first in range(0, len(rows), BATCH):
            chosen = rows[first : first + BATCH]
            some = predict(network, frames.images[chosen], text, competitors)
            for offset, row in enumerate(chosen.tolist()):
                yield row, some.depth[offset], some.confidence[offset], some.labels[offset]


@dataclass(frozen=True)
class Assessment:
    """Figures of depth and of masks over one set; depth is None for a set without depth."""

    depth: DepthEvaluation | None
    masks: SegmentationEvaluation

    def summary(self) -> str:
        """The main figures on one line."""
        parts = []
        if self.depth is not None:
            means = self.depth.means()
            ours, constant = means["prediction"], means["constant depth"]
            parts.append(
                f"AbsRel {ours.abs_rel:.4f} (constant {constant.abs_rel:.4f}), d<1.25 {ours.delta_1:.3f} "
                f"(constant {constant.delta_1:.3f}), correlation of log depth {ours.log_correlation:.3f}, "
                f"spread ratio {ours.log_spread_ratio:.2f}"
            )
        trivial = self.masks.matrix.of_most_frequent_class().mean_iou(leave_out=(self.masks.matrix.classes[0],))
        parts.append(f"mIoU {self.masks.mean_iou:.4f} (most frequent class {trivial:.4f})")
        return ", ".join(parts)

    def main_figures(self) -> dict[str, float]:
        """The figures of the summary by name, for curves."""
        figures = {}
        if self.depth is not None:
            means = self.depth.means()["prediction"]
            figures = {
                "abs_rel": means.abs_rel,
                "delta_1": means.delta_1,
                "log_correlation": means.log_correlation,
                "log_spread_ratio": means.log_spread_ratio,
            }
        return {**figures, "mean_iou": self.masks.mean_iou}

    def figures(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "depth": None if self.depth is None else self.depth.to_dict()["mean"],
            "masks": {key: value for key, value in self.masks.to_dict().items() if key != "confusion_matrix"},
        }


def assess(network: EndoDepthNetwork, frames: FrameSet, vocabulary: Vocabulary) -> Assessment:
    """Depth (median-scaled per image) and masks of every frame against its truth; unlabelled pixels do not count."""
    depth = None if frames.depth is None else DepthEvaluation()
    masks = SegmentationEvaluation(vocabulary.classes)
    for row, predicted_depth, confidence, labels in predictions(network, frames, vocabulary):
        if depth is not None and frames.depth is not None:
            truth = frames.depth[row].astype(np.float64)
            if np.isfinite(truth).any():
                name = f"{frames.groups[row]} {row}"
                depth.add(DepthReference(name, truth, frames.images[row]), predicted_depth, confidence)
        if (frames.labels[row] != IGNORE).any():
            masks.add(labels, frames.labels[row])
    return Assessment(depth, masks)


def write_figures(file: Path, figures: dict[str, Any]) -> None:
    """Figures as JSON, in one step, by the first process."""
    write_once(file, json.dumps(figures, indent=1))


def write_once(file: Path, text: str) -> None:
    """Text to a file, in one step, by the first process."""
    if own_share().is_first:
        atomic_write(file, text)
