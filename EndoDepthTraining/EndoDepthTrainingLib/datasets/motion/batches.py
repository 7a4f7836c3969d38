"""Batches of a frame and its neighbours: a pure function of seed and step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthTrainingLib.datasets.motion.clip import MotionClip
from EndoDepthTrainingLib.geometry import Lens
from EndoDepthTrainingLib.geometry.lens import mirrored
from EndoDepthTrainingLib.processes import Share


@dataclass(frozen=True)
class JitterConfig:
    """Changes of colour, the same for a frame and its neighbours, of what the networks see; losses look at the pictures
    as they are. Relative strengths (the authors' sibling paper); hue is the share of a full turn."""

    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.2
    hue: float = 0.1
    flip: float = 0.5


@dataclass(frozen=True)
class MotionBatch:
    """images (B, 3, 3, h, w) float32 0..1: the frame before, the target, the frame after; seen: the same recoloured;
    usable (B, 3, 1, h, w) bool; labels (B, h, w) uint8 of the target; lens: B cameras; clip (B,): numbers of the clips.
    """

    images: Tensor
    seen: Tensor
    usable: Tensor
    labels: Tensor
    lens: Lens
    clip: Tensor


class MotionBatches:
    """Draws targets of clips of one picture size; every clip by the number of its frames."""

    def __init__(self, clips: Sequence[MotionClip], held_out: Sequence[np.ndarray], jitter: JitterConfig) -> None:
        self._clips, self._jitter = clips, jitter
        self._choices = [
            (number, int(target))
            for number, (clip, apart) in enumerate(zip(clips, held_out, strict=True))
            for target in clip.targets
            if not np.isin([target - clip.stride, target, target + clip.stride], apart).any()
        ]
        self._lenses = [[Lens.of([camera]) for camera in (c.camera, mirrored(c.camera))] for c in clips]

    def __len__(self) -> int:
        return len(self._choices)

    def draw(self, count: int, seed: int, step: int, share: Share) -> MotionBatch:
        """This process's part of the `count` samples of a step."""
        rng = np.random.default_rng([seed, step])
        chosen = rng.integers(len(self._choices), size=count)
        flips = rng.random(count) < self._jitter.flip
        strengths = rng.uniform(-1.0, 1.0, (count, 4))
        mine = slice(share.rank, None, share.world)
        chosen, flips, strengths = chosen[mine], flips[mine], strengths[mine]
        rows = [self._sample(self._choices[c], bool(f)) for c, f in zip(chosen, flips, strict=True)]
        images, usable, labels = (np.stack(each) for each in zip(*rows, strict=True))
        tensor = torch.from_numpy(images).permute(0, 1, 4, 2, 3).float() / 255.0
        numbers = [self._choices[c][0] for c in chosen]
        lenses = [self._lenses[n][int(f)] for n, f in zip(numbers, flips, strict=True)]
        return MotionBatch(
            tensor,
            jittered(tensor, torch.from_numpy(strengths).float(), self._jitter),
            torch.from_numpy(usable)[:, :, None],
            torch.from_numpy(labels),
            Lens.stacked(lenses),
            torch.tensor(numbers),
        )

    def _sample(self, choice: tuple[int, int], flip: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        clip, target = self._clips[choice[0]], choice[1]
        rows = [target - clip.stride, target, target + clip.stride]
        images, usable, labels = clip.images[rows], clip.usable[rows], clip.labels[target]
        if flip:
            images, usable, labels = images[:, :, ::-1], usable[:, :, ::-1], labels[:, ::-1]
        return np.ascontiguousarray(images), np.ascontiguousarray(usable), np.ascontiguousarray(labels)


def jittered(images: Tensor, strengths: Tensor, config: JitterConfig) -> Tensor:
    """Images (B, N, 3, h, w) 0..1 with brightness, contrast, saturation and hue changed by strengths (B, 4) in -1..1,
    all N of a sample alike; black stays black."""
    brightness, contrast, saturation, hue = (each.view(-1, 1, 1, 1, 1) for each in strengths.unbind(dim=1))
    result = images * (1.0 + config.brightness * brightness)
    middle = result.mean(dim=(1, 2, 3, 4), keepdim=True)
    factor = 1.0 + config.contrast * contrast
    shown = (images.amax(dim=2, keepdim=True) > 0).float()
    result = (factor * result + (1.0 - factor) * middle) * shown
    grey = (result * torch.tensor([0.299, 0.587, 0.114], device=images.device).view(1, 1, 3, 1, 1)).sum(2, keepdim=True)
    colour = (result - grey) * (1.0 + config.saturation * saturation)
    # A turn of the colour about the grey axis, which is what changes hue.
    angle = 2.0 * np.pi * config.hue * hue
    axis = colour.roll(1, dims=2) - colour.roll(-1, dims=2)
    turned = colour * angle.cos() + axis * (angle.sin() / np.sqrt(3.0))
    return (grey + turned).clamp(0.0, 1.0)
