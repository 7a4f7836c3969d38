"""What the original network says of the frames it is adapted to: kept, so that the adaptation does not forget it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork

COARSE = 4
"""Masks are kept at a quarter of the resolution, where the network makes them."""


@dataclass(frozen=True)
class Originals:
    """log_depth (N, h, w) float32 and masks (N, 1 + K, h / 4, w / 4) float16 log probabilities, "none" first."""

    log_depth: np.ndarray
    masks: np.ndarray


def picture(images: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """(N, 3, h, w) float32 in 0..1, channels last, of images (N, h, w, 3) uint8."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2).float() / 255.0


def coarse_log_masks(logits: Tensor) -> Tensor:
    """Log probabilities (B, 1 + K, h / 4, w / 4) of full-resolution logits."""
    return functional.avg_pool2d(logits.float(), COARSE).log_softmax(dim=1)


@torch.inference_mode()
def originals(network: EndoDepthNetwork, images: np.ndarray, text: Tensor, batch: int = 8) -> Originals:
    """Of images (N, h, w, 3) uint8; text (K, D): every class of the vocabulary. The network in evaluation mode."""
    device = next(network.parameters()).device
    depths, masks = [], []
    for first in range(0, len(images), batch):
        features = network.encode(picture(images[first : first + batch], device))
        depths.append(network.decode_depth(features).depth[:, 0].log().cpu().numpy())
        logits = network.segment(features, text.to(device)).logits_with_none
        masks.append(coarse_log_masks(logits).half().cpu().numpy())
    return Originals(np.concatenate(depths), np.concatenate(masks))
