"""Batches for training: a pure function of seed and step, so a resumed run sees what an undisturbed one would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from EndoDepthTrainingLib.datasets.augmentation import AugmentationConfig, augment_colors
from EndoDepthTrainingLib.datasets.frames import FrameSet
from EndoDepthTrainingLib.datasets.geometry import sample_grids, view
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS
from EndoDepthTrainingLib.processes import Share


@dataclass(frozen=True)
class BatchConfig:
    """Frames of each set in a batch, the sizes (height, width) batches take in turn at random, and the augmentation."""

    frames: Mapping[str, int] = field(default_factory=lambda: {"phantoms": 8})
    sizes: tuple[tuple[int, int], ...] = ((160, 192), (160, 192), (192, 192), (128, 224))
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)


@dataclass(frozen=True)
class Batch:
    """images (B, 3, h, w) float32 0..1 augmented; plain: the same view before its colours changed; depth (B, 1, h, w)
    float32, NaN unknown; labels (B, h, w) uint8; has_depth (B,) bool: frames of a set with true depth."""

    images: Tensor
    plain: Tensor
    depth: Tensor
    labels: Tensor
    has_depth: Tensor

    def part(self, share: Share) -> Batch:
        """The samples of one process."""
        mine = slice(share.rank, None, share.world)
        return Batch(self.images[mine], self.plain[mine], self.depth[mine], self.labels[mine], self.has_depth[mine])


def sampling_weights(frames: FrameSet, classes: int) -> np.ndarray:
    """(N,) probabilities: groups alike, and inside a group frames that show rare classes more often.

    A frame counts by the sum, over the classes it shows, of 1 / (frames showing the class), as in class-aware sampling.
    """
    present = frames.class_pixels(classes + 1)[:, 1:] > 0
    frame_weight = 1e-6 + (present / np.maximum(present.sum(axis=0), 1)).sum(axis=1)
    weights = np.zeros(len(frames))
    for group in np.unique(frames.groups):
        members = frames.groups == group
        # Half uniform: rare classes come up more without the common frames disappearing.
        weights[members] = 0.5 / members.sum() + 0.5 * frame_weight[members] / frame_weight[members].sum()
    return weights / weights.sum()


def draw_batch(
    sets: Mapping[str, FrameSet], weights: Mapping[str, np.ndarray], config: BatchConfig, seed: int, step: int
) -> Batch:
    """The batch of this step, the same on every call with the same arguments."""
    rng = np.random.default_rng([seed, step])
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    size = config.sizes[int(rng.integers(len(config.sizes)))]
    parts = [
        _draw_from(sets[name], weights[name], count, size, rng, generator)
        for name, count in config.frames.items()
        if count
    ]
    plain, depth, labels, has_depth = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return Batch(augment_colors(plain, config.augmentation, generator), plain, depth, labels, has_depth)


def _draw_from(
    frames: FrameSet,
    weights: np.ndarray,
    count: int,
    size: tuple[int, int],
    rng: np.random.Generator,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows = np.sort(rng.choice(len(frames), size=count, replace=count > len(frames), p=weights))
    images = torch.from_numpy(np.ascontiguousarray(frames.images[rows])).permute(0, 3, 1, 2).float() / 255.0
    labels = torch.from_numpy(np.ascontiguousarray(frames.labels[rows]))
    if frames.depth is None:
        depth = torch.full((count, 1, *labels.shape[1:]), torch.nan)
    else:
        depth = torch.from_numpy(np.ascontiguousarray(frames.depth[rows])).float()[:, None]
    grid = sample_grids(count, (labels.shape[1], labels.shape[2]), size, generator)
    return *view(images, depth, labels, grid), torch.full((count,), frames.depth is not None)


def without_classes(labels: Tensor, kept: Tensor) -> Tensor:
    """Labels (uint8) when only the classes `kept` (K,) bool are asked for, numbered anew in order.

    Pixels of the others become 0, "none of these"; "not class v" becomes IGNORE when v is not asked for.
    """
    kept = kept.cpu()
    table = torch.full((256,), IGNORE, dtype=torch.uint8)
    table[0] = 0
    new_value = torch.cumsum(kept, 0).to(torch.uint8)
    values = torch.arange(1, len(kept) + 1)
    table[values] = torch.where(kept, new_value, torch.zeros_like(new_value))
    table[NOT_CLASS + values] = torch.where(kept, new_value + NOT_CLASS, torch.full_like(new_value, IGNORE))
    return table.to(labels.device)[labels.long()]
