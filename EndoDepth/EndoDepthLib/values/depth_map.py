"""Depth of one frame, and what its numbers mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from EndoDepthLib.errors import InputError, ScaleError
from EndoDepthLib.values.camera import Camera
from EndoDepthLib.values.median import exact_median

NOMINAL_MEDIAN_DEPTH = 50.0
"""Median depth given to every frame whose scale is unknown: a number to draw with, not millimetres."""


class Scale(Enum):
    """What one unit of depth is."""

    UP_TO_SCALE = "up_to_scale"
    METRIC_MM = "metric_mm"


@dataclass(frozen=True)
class DepthMap:
    """Depth along the optical axis (z, not ray length) on the decoded pixel grid.

    depth (H, W) float32, above 0, NaN = invalid; confidence (H, W) float32 in [0, 1]: the probability that the depth
    is within 10 % of the truth once the frame's scale is right; camera of the same grid. `scale_source` says where
    millimetres came from. Raises InputError when shapes disagree or a depth is not positive.
    """

    depth: np.ndarray
    confidence: np.ndarray
    camera: Camera
    scale: Scale = Scale.UP_TO_SCALE
    scale_source: str = "unknown"

    def __post_init__(self) -> None:
        expected = (self.camera.height, self.camera.width)
        for name in ("depth", "confidence"):
            array = getattr(self, name)
            if array.shape != expected or array.dtype != np.float32:
                raise InputError(
                    f"{name} is {array.shape} {array.dtype}; expected {expected} float32, the camera's grid"
                )
        with np.errstate(invalid="ignore"):
            if np.any(self.depth <= 0) or np.any(np.isinf(self.depth)):
                raise InputError("depth holds values that are not positive and finite; mark invalid pixels with NaN")

    @property
    def valid(self) -> np.ndarray:
        """(H, W) bool: where there is a depth."""
        return np.isfinite(self.depth)

    def nominal(self) -> DepthMap:
        """The same depth scaled to a median of NOMINAL_MEDIAN_DEPTH; metric depth is returned as it is."""
        valid = self.valid
        if self.scale is Scale.METRIC_MM or not valid.any():
            return self
        values = self.depth.ravel() if valid.all() else self.depth[valid]
        factor = np.float32(NOMINAL_MEDIAN_DEPTH / exact_median(values))
        return replace(self, depth=self.depth * factor)

    def depth_mm(self) -> np.ndarray:
        """(H, W) float32 millimetres. Raises ScaleError while the scale is unknown."""
        if self.scale is not Scale.METRIC_MM:
            raise ScaleError("this depth is known up to scale only; set a known distance before asking for millimetres")
        return self.depth
