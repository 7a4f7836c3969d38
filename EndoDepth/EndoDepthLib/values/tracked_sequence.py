"""Where the camera was in a sequence, and what makes the depths of its frames agree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values.depth_map import DepthMap, Scale
from EndoDepthLib.values.trajectory import Trajectory


@dataclass(frozen=True)
class TrackedSequence:
    """The tracked frames of a results folder, in their order.

    trajectory: world_from_camera of N frames, numbered as in the video; positions (N,) int: their places in the list of
    kept frames; submaps (N,) int from 0: poses of two submaps have nothing to do with each other; methods: for each
    frame how its pose was found ("structure from motion", "direct alignment", "given"). disparity_scale and _shift
    (N,) float64: 1 / consistent depth = disparity_scale / depth + disparity_shift, which brings all frames to one unit,
    that of the poses. lost: (position, reason) of every kept frame without a pose. scale and scale_source: what that
    unit is. Raises InputError when they disagree.
    """

    trajectory: Trajectory
    positions: np.ndarray
    submaps: np.ndarray
    methods: tuple[str, ...]
    disparity_scale: np.ndarray
    disparity_shift: np.ndarray
    lost: tuple[tuple[int, str], ...] = ()
    scale: Scale = Scale.UP_TO_SCALE
    scale_source: str = "unknown"

    def __post_init__(self) -> None:
        count = len(self.trajectory.frame_indices)
        for name in ("positions", "submaps", "disparity_scale", "disparity_shift"):
            if getattr(self, name).shape != (count,):
                raise InputError(f"{name} are {getattr(self, name).shape}; expected ({count},), one a tracked frame")
        if len(self.methods) != count:
            raise InputError(f"{len(self.methods)} methods for {count} tracked frames; expected one each")
        if count and not (np.all(self.disparity_scale > 0) and np.all(np.isfinite(self.disparity_shift))):
            raise InputError("a frame's disparity scale is not positive or its shift not finite")

    def consistent(self, row: int, depth: DepthMap) -> DepthMap:
        """The depth of tracked frame `row` (0 .. N - 1) in the unit of the poses; NaN where it is not positive."""
        with np.errstate(divide="ignore", invalid="ignore"):
            disparity = self.disparity_scale[row] / depth.depth.astype(np.float64) + self.disparity_shift[row]
            agreed = np.where(disparity > 0, 1.0 / disparity, np.nan).astype(np.float32)
        return replace(depth, depth=agreed, scale=self.scale, scale_source=self.scale_source)
