"""What a calibration gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.calibration.board import Board
from EndoDepthLib.calibration.board_views import BoardView
from EndoDepthLib.values import Camera


@dataclass(frozen=True)
class LeftOutView:
    """A frame that shows the board but takes no part, and why."""

    index: int
    reason: str


@dataclass(frozen=True)
class Calibration:
    """A camera from views of a board.

    parameter_names: fx fy cx cy and coefficients; covariance (P, P), in px and 1: the larger of what independent corner
    errors and leaving out groups of views say. camera_from_board (V, 4, 4), mm; residuals: seen minus projected
    (N, 2) px of every view; held_out_px: reprojection error by lens family on views that were not fitted to.
    coverage: share of the content area inside the hulls of the boards; tilt_deg: largest angle between two boards.
    without_ray: share of the content's pixels that the lens model cannot reach. searched: how many frames were.
    """

    board: Board
    camera: Camera
    lens: str
    parameter_names: tuple[str, ...]
    covariance: np.ndarray
    views: tuple[BoardView, ...]
    camera_from_board: np.ndarray
    residuals: tuple[np.ndarray, ...]
    held_out_px: dict[str, float]
    left_out: tuple[LeftOutView, ...]
    content: np.ndarray
    coverage: float
    tilt_deg: float
    without_ray: float
    searched: int

    @property
    def values(self) -> tuple[float, ...]:
        """The intrinsics, in the order of parameter_names."""
        camera = self.camera
        return (camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion)

    @property
    def standard_deviations(self) -> tuple[float, ...]:
        """Of the intrinsics, in the order of parameter_names."""
        return tuple(float(value) for value in np.sqrt(np.diag(self.covariance)))

    @property
    def rms_px(self) -> float:
        """Root mean square distance between seen and projected corners."""
        return float(np.sqrt((np.concatenate(self.residuals) ** 2).sum(axis=1).mean()))

    def summary(self) -> str:
        """The main figures on one line."""
        fx, fy = self.standard_deviations[:2]
        return (
            f"{self.lens}: fx {self.camera.fx:.1f} +- {fx:.2f} px, fy {self.camera.fy:.1f} +- {fy:.2f} px; "
            f"reprojection error {self.rms_px:.2f} px ({self.held_out_px[self.lens]:.2f} px on frames held out); "
            f"{len(self.views)} of {self.searched} frames, {self.coverage:.0%} of the picture covered"
        )
