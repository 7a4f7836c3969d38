"""What a set of views can and cannot tell, and the refusals that say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from EndoDepthLib.calibration.board_views import BoardView
from EndoDepthLib.errors import InputError

LEAST_VIEWS = 8
LEAST_COVERAGE = 0.45
LEAST_BOARD_SHARE = 0.04
LEAST_TILT_DEG = 15.0
MOST_FOCAL_UNCERTAINTY = 0.015
MOST_LEFT_OUT = 0.34
MOST_RMS_SHARE = 1.0 / 400
"""Largest reprojection error in picture diagonals: 2 px at 640 x 480."""


def check_sharp(found: int, sharp: int, edge_width_px: float) -> None:
    """Raise InputError when blur leaves too few views."""
    if sharp < LEAST_VIEWS <= found:
        raise InputError(
            f"the board is blurred: in {found - sharp} of {found} frames the edges of its squares are "
            f"{edge_width_px:.0f} px wide (2 is sharp); focus, hold still, give more light"
        )


def check_count(found: int, different: int, searched: int, why: Callable[[], str]) -> None:
    """Raise InputError when there are too few different views. why: asked what hides the board in the other frames."""
    if different >= LEAST_VIEWS:
        return
    if found >= 2 * LEAST_VIEWS:
        raise InputError(
            f"the board is in {found} frames, but hardly moves: only {different} different views; expected "
            f"{LEAST_VIEWS} or more: move and tilt it through the whole picture"
        )
    reason = f"; in others {why()}" if found < searched else ""
    raise InputError(
        f"only {different} different views of the board in {searched} frames; expected {LEAST_VIEWS} or more "
        f"(15 to 30 are good){reason}"
    )


def check_size(views: Sequence[BoardView], content: np.ndarray) -> None:
    """Raise InputError when the board is too small in the picture."""
    share = float(np.median([view.hull_area_px() for view in views]) / content.sum())
    if share < LEAST_BOARD_SHARE:
        raise InputError(
            f"the board is too small in the picture: its corners fill {share:.1%} of it in the median; expected "
            f"{LEAST_BOARD_SHARE:.0%} or more: go nearer, or print a larger board"
        )


def check_coverage(share: float) -> None:
    """Raise InputError when the corners leave too much of the picture out."""
    if share < LEAST_COVERAGE:
        raise InputError(
            f"the corners cover only {share:.0%} of the picture, so the lens is unknown at its edge; expected "
            f"{LEAST_COVERAGE:.0%} or more: show the board at the borders and in the corners of the picture too"
        )


def check_tilt(angle_deg: float) -> None:
    """Raise InputError when all views face the board alike, which leaves the focal length open (Zhang, PAMI 2000)."""
    if angle_deg < LEAST_TILT_DEG:
        raise InputError(
            f"all views face the board from one direction (within {angle_deg:.0f} degrees), which leaves the focal "
            f"length open; expected {LEAST_TILT_DEG:.0f} degrees or more: tilt the board by 30 degrees to all sides"
        )


def check_focal(focal_px: float, deviation_px: float) -> None:
    """Raise InputError when the focal length is not determined."""
    if not deviation_px <= MOST_FOCAL_UNCERTAINTY * focal_px:
        raise InputError(
            f"the views leave the focal length open: {focal_px:.0f} +- {deviation_px:.0f} px; expected "
            f"{MOST_FOCAL_UNCERTAINTY:.1%} or less: add views, tilted by 30 degrees to all sides, near and far"
        )


def check_residuals(rms_px: float, width: int, height: int) -> None:
    """Raise InputError when no lens explains where the corners were seen."""
    most_px = MOST_RMS_SHARE * float(np.hypot(width, height))
    if not rms_px <= most_px:
        raise InputError(
            f"no lens fits: corners lie {rms_px:.1f} px from where it would put them; expected {most_px:.1f} px or "
            "less: is the board flat, are --squares as printed, did zoom or focus change during the recording?"
        )


def check_agreement(left_out: int, views: int) -> None:
    """Raise InputError when too many views do not fit the others."""
    if left_out > MOST_LEFT_OUT * views:
        raise InputError(
            f"{left_out} of {views} views do not fit the lens that the others show; expected a third at most: "
            "did zoom or focus change during the recording, or is the board bent?"
        )


def covered_area(views: Sequence[BoardView], content: np.ndarray) -> np.ndarray:
    """(H, W) bool: the content inside the hull of the corners of at least one view."""
    covered = np.zeros(content.shape, np.uint8)
    for view in views:
        cv2.fillConvexPoly(covered, np.rint(view.hull()).astype(np.int32), 1)
    return covered.astype(bool) & content


def largest_angle_deg(camera_from_board: np.ndarray) -> float:
    """Largest angle between the normals of two boards of poses (V, 4, 4)."""
    normals = camera_from_board[:, :3, 2]
    return float(np.degrees(np.arccos(np.clip(normals @ normals.T, -1.0, 1.0).min())))
