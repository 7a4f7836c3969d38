"""From views of the board to a lens: where the search starts, one fit, and its error on views it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from EndoDepthLib.calibration.adjustment import Adjusted, SeenPoints, adjust, rms
from EndoDepthLib.calibration.lens_models import LensModel

_FOCAL_STARTS = np.geomspace(0.25, 4.0, 13)  # in picture widths
_STARTS_TRIED = 2
_GOOD_PX = 0.5  # no other start can do much better


def fit(model: LensModel, views: Sequence[SeenPoints], width: int, height: int) -> Adjusted:
    """The best lens of this family for these views, without a first guess from the user."""
    ranked = []
    for widths in _FOCAL_STARTS:
        start = model.start(float(widths) * width, width, height)
        poses = np.array([first_pose(model, start, view) for view in views])
        lengths = [
            np.linalg.norm(view.pixels - model.project(start, pose, view.points)[0], axis=1)
            for pose, view in zip(poses, views, strict=True)
        ]
        ranked.append((float(np.median(np.concatenate(lengths))), start, poses))
    ranked.sort(key=lambda entry: entry[0])
    best: Adjusted | None = None
    for _, start, poses in ranked[:_STARTS_TRIED]:
        focal = adjust(model, start, poses, views, free=1)
        found = adjust(model, focal.intrinsics, focal.poses, views)
        is_lens = bool(np.isfinite(found.intrinsics).all() and (found.intrinsics[:2] > 0).all())
        if is_lens and (best is None or found.sigma_px < best.sigma_px):
            best = found
        if best is not None and best.sigma_px < _GOOD_PX:
            break
    if best is None:  # every search ran away: the first start, unimproved, has residuals that say so
        _, start, poses = ranked[0]
        return adjust(model, start, poses, views, free=1)
    return best


def held_out_rms_px(model: LensModel, fitted: Adjusted, views: Sequence[SeenPoints], parts: int = 4) -> float:
    """Reprojection error on views that the lens was not fitted to; only their poses are. Median over views."""
    errors = []
    for part in range(parts):
        learned = [position for position in range(len(views)) if position % parts != part]
        judged = [position for position in range(len(views)) if position % parts == part]
        lens = adjust(model, fitted.intrinsics, fitted.poses[learned], [views[position] for position in learned])
        shown = [views[position] for position in judged]
        placed = adjust(model, lens.intrinsics, fitted.poses[judged], shown, free=0)
        errors += [rms(residuals) for residuals in placed.residuals]
    return float(np.median(errors))


def jackknife_covariance(
    model: LensModel, fitted: Adjusted, views: Sequence[SeenPoints], parts: int = 10
) -> np.ndarray:
    """(P, P): of the intrinsics by leaving out groups of views (Efron and Stein, Annals of Statistics 1981).

    Unlike Adjusted.covariance it sees errors that the corners of a view share: a bent board, motion blur.
    """
    parts = min(parts, len(views))
    found = []
    for part in range(parts):
        kept = [position for position in range(len(views)) if position % parts != part]
        found.append(adjust(model, fitted.intrinsics, fitted.poses[kept], [views[i] for i in kept]).intrinsics)
    spread = np.array(found) - np.mean(found, axis=0)
    return (parts - 1) / parts * spread.T @ spread


def first_pose(model: LensModel, intrinsics: np.ndarray, view: SeenPoints) -> np.ndarray:
    """(6,) pose of a flat board through the undistorted lens (Collins and Bartoli, IJCV 2014)."""
    rays = model.rays(intrinsics, view.pixels)
    found, rotation, translation = cv2.solvePnP(
        view.points, np.ascontiguousarray(rays), np.eye(3), None, flags=cv2.SOLVEPNP_IPPE
    )
    if not found or not np.isfinite(translation).all() or float(np.ravel(translation)[2]) <= 0:
        centre = view.points.mean(axis=0)
        return np.array([0.0, 0.0, 0.0, -centre[0], -centre[1], 10.0 * float(np.ptp(view.points, axis=0).max())])
    return np.concatenate([np.ravel(rotation), np.ravel(translation)])
