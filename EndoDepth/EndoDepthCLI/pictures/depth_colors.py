"""Depth as colours: near is warm, far is cold, equal ratios of depth are equal steps of colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

INVALID_COLOR = (40, 40, 44)
"""RGB of pixels without depth."""


@dataclass(frozen=True)
class DepthColors:
    """A colour scale from `near` (warm) to `far` (cold), both in the units of the depth."""

    near: float
    far: float

    @classmethod
    def spanning(cls, depths: Iterable[np.ndarray]) -> DepthColors:
        """The scale that holds 96 in 100 of all valid values of the given depth maps, at least a factor of 1.2 wide."""
        values = [d[np.isfinite(d)][::17] for d in depths]
        valid = np.concatenate(values) if values else np.empty(0, np.float32)
        if not valid.size:
            return cls(1.0, 10.0)
        near, far = (float(v) for v in np.percentile(valid, (2, 98)))
        return cls(near, max(far, near * 1.2))

    def image(self, depth: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 RGB of an (H, W) depth map; NaN becomes INVALID_COLOR."""
        valid = np.isfinite(depth)
        safe = np.where(valid, np.maximum(depth, 1e-6), self.far)
        share = np.log(safe / self.near) / np.log(self.far / self.near)
        warmth = np.clip((1.0 - share) * 255.0, 0.0, 255.0).round().astype(np.uint8)
        image = cv2.cvtColor(cv2.applyColorMap(warmth, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
        image[~valid] = INVALID_COLOR
        return image

    def bar(self, width: int, height: int) -> np.ndarray:
        """(height, width, 3) uint8 RGB: the scale from near (left) to far (right)."""
        row = np.geomspace(self.near, self.far, width, dtype=np.float32)
        return self.image(np.broadcast_to(row, (height, width)))
