"""From views of a board to a camera: check, choose views, fit each lens family, choose one, leave out what misfits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.calibration.adjustment import Adjusted, SeenPoints, adjust, rms
from EndoDepthLib.calibration.board_views import BoardView
from EndoDepthLib.calibration.capture import Capture
from EndoDepthLib.calibration.detection import why_not_found
from EndoDepthLib.calibration.fitting import fit, held_out_rms_px, jackknife_covariance
from EndoDepthLib.calibration.geometry_checks import (
    check_agreement,
    check_count,
    check_coverage,
    check_focal,
    check_residuals,
    check_sharp,
    check_size,
    check_tilt,
    covered_area,
    largest_angle_deg,
)
from EndoDepthLib.calibration.lens_models import FISHEYE_MODELS, PINHOLE_MODELS, LensModel
from EndoDepthLib.calibration.result import Calibration, LeftOutView
from EndoDepthLib.calibration.selection import choose_views, is_blurred
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.values import Camera

LENSES = {
    "auto": (*PINHOLE_MODELS, *FISHEYE_MODELS),
    "pinhole": PINHOLE_MODELS,
    "fisheye": FISHEYE_MODELS,
}
"""Families tried, simplest first, by the name a user gives."""

_TIE = 1.03
_MISFIT = 4.0
_LEAST_MISFIT_PX = 0.5
_ROUNDS = 3
_RAY_GRID = 64


@dataclass(frozen=True)
class CalibrationSettings:
    """lens: auto, pinhole or fisheye; most_views: how many views take part at most."""

    lens: str = "auto"
    most_views: int = 30

    def __post_init__(self) -> None:
        if self.lens not in LENSES:
            raise SettingsError(f"lens model {self.lens!r} is not known; expected {', '.join(LENSES)}")
        if self.most_views < 8:
            raise SettingsError(f"views are limited to {self.most_views}; expected 8 or more")


@dataclass(frozen=True)
class _Candidate:
    model: LensModel
    fitted: Adjusted
    views: list[BoardView]
    misfits: list[LeftOutView]
    held_out_px: float
    without_ray: float


def calibrate_camera(capture: Capture, settings: CalibrationSettings | None = None) -> Calibration:
    """The camera that saw these views (Zhang, PAMI 2000; Kannala and Brandt, PAMI 2006).

    Raises InputError when the views cannot tell: blurred, too few, too small, only in the middle, all from one
    direction, or in disagreement.
    """
    settings = settings or CalibrationSettings()
    board = capture.board
    blurred = [view for view in capture.views if is_blurred(view)]
    sharp = [view for view in capture.views if not is_blurred(view)]
    width_px = float(np.median([view.edge_width_px for view in blurred])) if blurred else 0.0
    check_sharp(len(capture.views), len(sharp), width_px)
    chosen = choose_views(sharp, board, capture.width, capture.height, settings.most_views)
    check_count(
        len(capture.views), len(chosen), len(capture.searched), lambda: why_not_found(capture.without_board, board)
    )
    views = [sharp[position] for position in chosen]
    check_size(views, capture.content)
    # Of all sharp views: which of two near copies was chosen must not decide.
    coverage = float(covered_area(sharp, capture.content).sum() / capture.content.sum())
    check_coverage(coverage)
    candidates = [_candidate(model, capture, views) for model in LENSES[settings.lens]]
    best = _simplest_of_the_best(candidates)
    poses = _matrices(best.fitted.poses)
    check_residuals(best.fitted.rms_px, capture.width, capture.height)
    check_agreement(len(best.misfits), len(views))
    check_tilt(largest_angle_deg(poses))
    covariance = _cautious_covariance(best, capture)
    camera = best.model.camera(best.fitted.intrinsics, capture.width, capture.height)
    check_focal(camera.fx, float(np.sqrt(covariance[0, 0])))
    left_out = [LeftOutView(view.index, f"blurred: edges {view.edge_width_px:.1f} px wide") for view in blurred]
    return Calibration(
        board=board,
        camera=camera,
        lens=best.model.name,
        parameter_names=best.model.parameter_names,
        covariance=covariance,
        views=tuple(best.views),
        camera_from_board=poses,
        residuals=best.fitted.residuals,
        held_out_px={candidate.model.name: candidate.held_out_px for candidate in candidates},
        left_out=tuple(sorted([*left_out, *best.misfits], key=lambda each: each.index)),
        content=capture.content,
        coverage=coverage,
        tilt_deg=largest_angle_deg(poses),
        without_ray=best.without_ray,
        searched=len(capture.searched),
    )


def _candidate(model: LensModel, capture: Capture, views: list[BoardView]) -> _Candidate:
    kept, misfits = list(views), []
    fitted = fit(model, _points(kept, capture), capture.width, capture.height)
    for _ in range(_ROUNDS):
        errors = np.array([rms(residuals) for residuals in fitted.residuals])
        limit = max(_MISFIT * float(np.median(errors)), _LEAST_MISFIT_PX)
        fits = errors <= limit
        if fits.all() or fits.sum() < 4:
            break
        misfits += [
            LeftOutView(view.index, f"does not fit the others: {error:.1f} px off (at most {limit:.1f})")
            for view, error, fitting in zip(kept, errors, fits, strict=True)
            if not fitting
        ]
        kept = [view for view, fitting in zip(kept, fits, strict=True) if fitting]
        fitted = adjust(model, fitted.intrinsics, fitted.poses[fits], _points(kept, capture))
    held_out = held_out_rms_px(model, fitted, _points(kept, capture))
    without_ray = _share_without_ray(model.camera(fitted.intrinsics, capture.width, capture.height), capture.content)
    return _Candidate(model, fitted, kept, misfits, held_out, without_ray)


def _simplest_of_the_best(candidates: Sequence[_Candidate]) -> _Candidate:
    """By the error on views held out; families that reach the whole picture and leave out fewer views come first."""
    least = min(len(candidate.misfits) for candidate in candidates)
    able = [c for c in candidates if len(c.misfits) <= least + 2]
    able = [c for c in able if c.without_ray == min(each.without_ray for each in able)] or able
    best = min(candidate.held_out_px for candidate in able)
    return next((c for c in able if c.held_out_px <= _TIE * best), able[0])


def _cautious_covariance(best: _Candidate, capture: Capture) -> np.ndarray:
    """The formal covariance, stretched in each parameter to the jackknife's deviation where that is larger."""
    formal = best.fitted.covariance()
    resampled = jackknife_covariance(best.model, best.fitted, _points(best.views, capture))
    stretch = np.sqrt(np.maximum(np.diag(resampled) / np.maximum(np.diag(formal), 1e-30), 1.0))
    return np.asarray(formal * stretch[:, None] * stretch[None, :])


def _points(views: Sequence[BoardView], capture: Capture) -> list[SeenPoints]:
    return [SeenPoints(view.points_mm(capture.board), view.pixels) for view in views]


def _matrices(poses: np.ndarray) -> np.ndarray:
    result = np.tile(np.eye(4), (len(poses), 1, 1))
    for matrix, pose in zip(result, poses, strict=True):
        matrix[:3, :3] = cv2.Rodrigues(pose[:3])[0]
        matrix[:3, 3] = pose[3:]
    return result


def _share_without_ray(camera: Camera, content: np.ndarray) -> float:
    """Share of the content's pixels, on a grid, that no ray of the lens model reaches."""
    columns, rows = np.meshgrid(
        np.linspace(0, camera.width - 1, _RAY_GRID).astype(int),
        np.linspace(0, camera.height - 1, _RAY_GRID).astype(int),
    )
    inside = content[rows, columns]
    pixels = np.stack([columns[inside], rows[inside]], axis=1)
    return float(np.isnan(pixel_rays(camera, pixels)[:, 0]).mean())
