"""Picture sheets: what the network makes of a few frames, to be looked at while it learns."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from torch import Tensor

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets import FrameSet
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS
from EndoDepthTrainingLib.stages.assessment import predict


def sheet_picture(
    network: EndoDepthNetwork,
    frames: FrameSet,
    rows: Sequence[int],
    text: Tensor,
    colors: Sequence[tuple[int, int, int]],
) -> np.ndarray:
    """(H, W, 3) uint8 RGB with one line a frame: image | true depth | predicted depth | true labels | predicted labels.

    Depth is shown by log depth between the 2nd and 98th percentile of the truth (of the prediction where there is
    none), the prediction brought to the truth's median; near is bright. Labels take the
    colours (K, RGB) of their classes.
    """
    chosen = frames.subset(np.asarray(rows))
    result = predict(network, chosen.images, text)
    height, width = result.depth.shape[1:]
    table = np.zeros((256, 3), np.uint8)
    table[1 : len(colors) + 1] = colors
    table[NOT_CLASS + 1 : NOT_CLASS + 1 + len(colors)] = 0
    table[IGNORE] = 70
    lines = []
    for row in range(len(chosen)):
        image = cv2.resize(chosen.images[row], (width, height), interpolation=cv2.INTER_AREA)
        labels = cv2.resize(chosen.labels[row], (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        predicted = np.log(result.depth[row])
        truth = np.full((height, width), np.nan)
        if chosen.depth is not None and np.isfinite(chosen.depth[row]).any():
            resized = cv2.resize(chosen.depth[row].astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
            truth = np.log(resized)
            predicted = predicted + np.nanmedian(truth - predicted)
        shown = truth if np.isfinite(truth).any() else predicted
        low, high = np.nanpercentile(shown, [2, 98])
        panels = [image, _heat(truth, low, high), _heat(predicted, low, high), table[labels], table[result.labels[row]]]
        lines.append(np.concatenate(panels, axis=1))
    return np.concatenate(lines)


def stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures (H, W, 3) uint8 below each other, narrower ones black on the right."""
    width = max(picture.shape[1] for picture in pictures)
    return np.concatenate([np.pad(p, ((0, 0), (0, width - p.shape[1]), (0, 0))) for p in pictures])


def _heat(log_depth: np.ndarray, low: float, high: float) -> np.ndarray:
    """(H, W, 3) uint8 RGB; unknown depth black."""
    nearness = np.nan_to_num(1.0 - (log_depth - low) / max(high - low, 1e-6))
    heat = cv2.applyColorMap((np.clip(nearness, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    return np.where(np.isfinite(log_depth)[..., None], heat, 0).astype(np.uint8)
