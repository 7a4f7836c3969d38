"""A picture of what the adaptation changed: held-out frames, depth before and after."""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthTrainingLib.adaptation.clip import AdaptationClip

_GAP_PX = 4
_SCALE = 2


def before_after_sheet(clip: AdaptationClip, rows: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB, a line a frame: frame | depth before | depth after; near is bright.

    before, after (N, h, w): log depth. Both are drawn between the 2nd and 98th percentile of their own frame, since
    each has its own scale; what lies outside the picture is black.
    """
    lines = []
    for row in rows:
        shown = clip.images[row].max(axis=2) > 8
        panels = [clip.images[row], *(_heat(depth[row], shown) for depth in (before, after))]
        large = [cv2.resize(panel, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC) for panel in panels]
        lines.append(np.concatenate([np.pad(panel, ((0, _GAP_PX), (0, _GAP_PX), (0, 0))) for panel in large], axis=1))
    return np.concatenate(lines)


def _heat(log_depth: np.ndarray, shown: np.ndarray) -> np.ndarray:
    low, high = np.percentile(log_depth[shown] if shown.any() else log_depth, [2, 98])
    nearness = np.clip(1.0 - (log_depth - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    heat = cv2.applyColorMap((nearness * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    return np.where(shown[..., None], heat, 0).astype(np.uint8)
