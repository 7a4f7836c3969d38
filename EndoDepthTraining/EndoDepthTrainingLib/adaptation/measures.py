"""What depth is worth on frames and points of a video that nothing learned from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.adaptation.batches import grid_positions
from EndoDepthTrainingLib.adaptation.brightness import matched_brightness
from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.originals import picture
from EndoDepthTrainingLib.adaptation.teaching import SparseDepth, Teaching
from EndoDepthTrainingLib.geometry import Lens, rigid_from_twist, synthesise
from EndoDepthTrainingLib.losses.photometric import photometric_error
from EndoDepthTrainingLib.losses.sparse import sampled

_POSE_STEPS = 25
_POSE_RATE = 2e-3
_BATCH = 4


@dataclass(frozen=True)
class Answers:
    """What a network says of N frames: log_depth (N, h, w) float32 and labels (N, h, w) uint8 among all classes."""

    log_depth: np.ndarray
    labels: np.ndarray


@torch.inference_mode()
def answers(network: EndoDepthNetwork, clip: AdaptationClip, text: Tensor) -> Answers:
    """Of every frame of a clip; text (K, D): every class of the vocabulary."""
    device = next(network.parameters()).device
    depths, labels = [], []
    for first in range(0, len(clip), _BATCH):
        features = network.encode(picture(clip.images[first : first + _BATCH], device))
        depths.append(network.decode_depth(features).depth[:, 0].log().cpu().numpy())
        logits = network.segment(features, text.to(device)).logits_with_none
        labels.append(logits.argmax(dim=1).to(torch.uint8).cpu().numpy())
    return Answers(np.concatenate(depths), np.concatenate(labels))


@dataclass(frozen=True)
class PointErrors:
    """Median |log error| at points: each frame brought to its own median first, or all frames by one common median.

    flat_frame_scale: what one and the same depth everywhere would have in the former, which is where the scale of a
    frame alone leads. count: observations.
    """

    frame_scale: float
    shared_scale: float
    flat_frame_scale: float
    count: int


def at_points(log_depth: np.ndarray, clip: AdaptationClip, points: SparseDepth, chosen: np.ndarray) -> np.ndarray:
    """(M',) log depth, interpolated as inverse depth, at the observations chosen by a mask (M,) bool."""
    result = np.empty(int(chosen.sum()))
    frame, pixel = points.frame[chosen], points.pixel[chosen]
    for row in np.unique(frame):
        mine = frame == row
        positions = torch.from_numpy(grid_positions(pixel[mine], clip).astype(np.float32))[None]
        inverse = torch.from_numpy(np.exp(-log_depth[row]))[None, None]
        result[mine] = -np.log(sampled(inverse, positions)[0].numpy())
    return result


def point_errors(log_depth: np.ndarray, clip: AdaptationClip, points: SparseDepth, chosen: np.ndarray) -> PointErrors:
    """Errors at the observations chosen by a mask (M,) bool, of which there is at least one."""
    error = points.log_depth[chosen] - at_points(log_depth, clip, points, chosen)
    frame, truth = points.frame[chosen], points.log_depth[chosen]
    own, flat = error.copy(), truth.copy()
    for row in np.unique(frame):
        own[frame == row] -= np.median(error[frame == row])
        flat[frame == row] -= np.median(truth[frame == row])
    return PointErrors(
        float(np.median(np.abs(own))),
        float(np.median(np.abs(error - np.median(error)))),
        float(np.median(np.abs(flat))),
        len(error),
    )


def scaled_to_points(log_depth: np.ndarray, clip: AdaptationClip, points: SparseDepth) -> np.ndarray:
    """The same depth (N, h, w), every frame at the scale that the points which are not held out give it."""
    result = log_depth.copy()
    chosen = ~points.held_out
    difference = points.log_depth[chosen] - at_points(log_depth, clip, points, chosen)
    for row in np.unique(points.frame[chosen]):
        result[row] += np.median(difference[points.frame[chosen] == row])
    return result


class HeldOutFrames:
    """The held-out frames, drawn from their neighbours by any depth, and how far that is from what was seen."""

    def __init__(self, clip: AdaptationClip, teaching: Teaching) -> None:
        pairs = teaching.pairs
        self._rows = np.flatnonzero(np.isin(pairs.target, teaching.held_out))
        self._clip, self._pairs = clip, pairs
        self._lens = Lens.of([clip.camera])

    def __len__(self) -> int:
        return len(self._rows)

    def errors(self, log_depth: np.ndarray, best_poses: bool) -> tuple[np.ndarray, np.ndarray]:
        """Photometric error (Q, h, w) of every pair whose target is held out, and where it counts (Q, h, w) bool.

        best_poses: each pose is first bettered for this depth, so that no depth is blamed for poses made for another.
        """
        found = [self._pair(int(row), log_depth, best_poses) for row in self._rows]
        return np.stack([error for error, _ in found]), np.stack([valid for _, valid in found])

    def _pair(self, row: int, log_depth: np.ndarray, best_pose: bool) -> tuple[np.ndarray, np.ndarray]:
        clip, pairs = self._clip, self._pairs
        target, source = int(pairs.target[row]), int(pairs.source[row])
        images = picture(clip.images[[target, source]])
        usable = torch.from_numpy(clip.usable[[target, source]])[:, None]
        depth = torch.from_numpy(np.exp(log_depth[target])).float()[None, None]
        given = torch.from_numpy(pairs.source_from_target[row]).float()[None]
        twist = torch.zeros(1, 6, requires_grad=best_pose)
        if best_pose:
            optimiser = torch.optim.Adam([twist], lr=_POSE_RATE)
            for _ in range(_POSE_STEPS):
                error, valid = self._difference(images, usable, depth, rigid_from_twist(twist) @ given)
                optimiser.zero_grad()
                (error * valid).sum().div(valid.sum().clamp(min=1)).backward()
                optimiser.step()
        with torch.no_grad():
            error, valid = self._difference(images, usable, depth, rigid_from_twist(twist) @ given)
        return error[0, 0].numpy(), valid[0, 0].numpy()

    def _difference(self, images: Tensor, usable: Tensor, depth: Tensor, pose: Tensor) -> tuple[Tensor, Tensor]:
        drawn, inside = synthesise(images[1:], depth, pose, self._lens)
        with torch.no_grad():
            shown, _ = synthesise(usable[1:].float(), depth, pose, self._lens)
            valid = inside & (shown > 0.99) & usable[:1]
        return photometric_error(matched_brightness(drawn, images[:1], valid), images[:1]), valid


def mean_where_all_count(found: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """Mean of each error over the pixels that count in every one of them, so that all are judged on the same."""
    common = np.logical_and.reduce([valid for _, valid in found])
    return [float(error[common].mean()) if common.any() else float("nan") for error, _ in found]


def masks_agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Share of pixels that have the same label in both (N, h, w) uint8."""
    return float((first == second).mean())


def resized_log_depth(log_depth: np.ndarray, height: int, width: int) -> np.ndarray:
    """(N, height, width) of (N, h, w), interpolated as inverse depth."""
    inverse = torch.from_numpy(np.exp(-log_depth))[:, None]
    return -np.log(functional.interpolate(inverse, (height, width), mode="bilinear", align_corners=False)[:, 0].numpy())
