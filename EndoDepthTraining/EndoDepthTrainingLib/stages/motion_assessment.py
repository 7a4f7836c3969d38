"""What is looked at while depth is learned from video: figures where there is a truth, and pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, spread

_BATCH = 8
_MOST_FRAMES = 24


@torch.inference_mode()
def predicted_depth(network: EndoDepthNetwork, images: np.ndarray) -> np.ndarray:
    """(N, h, w) float32 depth, the network's unit, of images (N, h, w, 3) uint8, sides multiples of 32."""
    device = next(network.parameters()).device
    results = []
    for first in range(0, len(images), _BATCH):
        chunk = torch.from_numpy(np.ascontiguousarray(images[first : first + _BATCH])).to(device)
        tensor = (chunk.permute(0, 3, 1, 2).float() / 255.0).contiguous(memory_format=torch.channels_last)
        results.append(network.decode_depth(network.encode(tensor)).depth[:, 0].float().cpu().numpy())
    return np.concatenate(results)


def depth_figures(
    network: EndoDepthNetwork, clips: Sequence[MotionClip], frames: Sequence[np.ndarray]
) -> dict[str, float]:
    """AbsRel and d<1.25 after per-image median scaling on these frames of each clip, and AbsRel of a constant; empty
    when no clip has true depth. `frames`: none of a clip means all."""
    errors = []
    for clip, chosen in zip(clips, frames, strict=True):
        if clip.depth is None:
            continue
        rows = chosen if len(chosen) else np.arange(len(clip))
        rows = rows[list(spread(len(rows), _MOST_FRAMES))]
        for depth, truth in zip(predicted_depth(network, clip.images[rows]), clip.depth[rows], strict=True):
            known = np.isfinite(truth)
            if known.any():
                errors.append(_errors(depth[known], truth[known]))
    if not errors:
        return {}
    return dict(zip(("abs_rel", "delta_1", "constant_abs_rel"), np.mean(errors, axis=0).tolist(), strict=True))


def _errors(depth: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    scaled = depth * (np.median(truth) / np.median(depth))
    ratio = np.maximum(scaled / truth, truth / scaled)
    constant = float(np.mean(np.abs(np.median(truth) - truth) / truth))
    return float(np.mean(np.abs(scaled - truth) / truth)), float(np.mean(ratio < 1.25)), constant


def depth_sheet(network: EndoDepthNetwork, clip: MotionClip, rows: list[int]) -> np.ndarray:
    """(H, W, 3) uint8 RGB, a line a frame: image | the same, what is not learned from dark | predicted depth | true
    depth, when there is one; near is bright."""
    lines = []
    for row, depth in zip(rows, predicted_depth(network, clip.images[rows]), strict=True):
        image = clip.images[row]
        panels = [image, np.where(clip.usable[row][..., None], image, image // 4)]
        log_depth = np.log(depth)
        truth = None if clip.depth is None else np.log(clip.depth[row])
        if truth is not None and np.isfinite(truth).any():
            log_depth = log_depth + np.nanmedian(truth - log_depth)
            low, high = np.nanpercentile(truth, [2, 98])
            panels += [_heat(log_depth, low, high), _heat(truth, low, high)]
        else:
            panels.append(_heat(log_depth, *np.percentile(log_depth, [2, 98])))
        lines.append(np.concatenate(panels, axis=1))
    width = max(line.shape[1] for line in lines)
    return np.concatenate([np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0))) for line in lines])


def _heat(log_depth: np.ndarray, low: float, high: float) -> np.ndarray:
    nearness = np.nan_to_num(1.0 - (log_depth - low) / max(high - low, 1e-6))
    heat = cv2.applyColorMap((np.clip(nearness, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    return np.where(np.isfinite(log_depth)[..., None], heat, 0).astype(np.uint8)
