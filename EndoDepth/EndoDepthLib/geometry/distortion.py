"""Lens distortion and its exact inverse on normalised image coordinates (x / z, y / z)."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.values import Camera, DistortionModel

_NEWTON_STEPS = 30
_TOLERANCE = 1e-11  # normalised coordinates: some 1e-8 px at usual focal lengths
_CHUNK = 1 << 17  # points solved at a time: the temporaries stay inside the processor's cache
_SEARCH_SAMPLES = 4096
_MAX_RADIUS = 20.0  # normalised, an angle of 87 degrees: beyond it no pinhole ray z = 1 is useful


def distort(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Apply the lens to normalised points (N, 2) float64; returns distorted normalised points (N, 2).

    Brown-Conrady with up to six radial terms: D. C. Brown, "Close-range camera calibration", 1971, in OpenCV's form.
    Fisheye: Kannala and Brandt, "A generic camera model", PAMI 2006, as cv2.fisheye.
    """
    if not camera.has_distortion:
        return points
    if camera.distortion_model is DistortionModel.FISHEYE:
        radius = np.hypot(points[:, 0], points[:, 1])
        angle = np.arctan(radius)
        ratio = np.divide(_fisheye_radius(camera, angle), radius, out=np.ones_like(radius), where=radius > 1e-12)
        return points * ratio[:, None]
    x, y = points[:, 0], points[:, 1]
    _, _, p1, p2, *_ = _brown_coefficients(camera)
    squared = x * x + y * y
    radial, _ = _brown_radial(camera, squared)
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x * x),
            y * radial + p1 * (squared + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=1,
    )


def undistort(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Invert `distort` on (N, 2) float64; NaN where no ray of the lens model reaches the point.

    A polynomial lens folds over outside the radius it was calibrated for; only the branch that contains the optical
    axis is a lens, so points beyond the fold have no ray.
    """
    if not camera.has_distortion:
        return points
    invert = _undistort_fisheye if camera.distortion_model is DistortionModel.FISHEYE else _undistort_brown
    chunks = [invert(camera, points[first : first + _CHUNK]) for first in range(0, len(points), _CHUNK)]
    return np.concatenate(chunks) if chunks else points


def _brown_coefficients(camera: Camera) -> tuple[float, ...]:
    return tuple(camera.distortion) + (0.0,) * (8 - len(camera.distortion))


def _brown_radial(camera: Camera, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The radial factor and its derivative by the squared radius."""
    k1, k2, _, _, k3, k4, k5, k6 = _brown_coefficients(camera)
    top = 1 + squared * (k1 + squared * (k2 + squared * k3))
    top_slope = k1 + squared * (2 * k2 + squared * 3 * k3)
    if k4 == k5 == k6 == 0.0:
        return top, top_slope
    bottom = 1 + squared * (k4 + squared * (k5 + squared * k6))
    bottom_slope = k4 + squared * (2 * k5 + squared * 3 * k6)
    return top / bottom, (top_slope * bottom - top * bottom_slope) / (bottom * bottom)


def _brown_fold_radius(camera: Camera) -> float:
    """The undistorted radius at which the radial part stops growing (infinity-like _MAX_RADIUS when it never does)."""
    radius = np.linspace(0.0, 1.0, _SEARCH_SAMPLES) ** 2 * _MAX_RADIUS
    radial, slope = _brown_radial(camera, radius * radius)
    shrinking = ~(radial + 2 * radius * radius * slope > 0)
    return float(radius[int(np.argmax(shrinking))]) if shrinking.any() else _MAX_RADIUS


def _undistort_brown(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Newton's method on both coordinates, held on the branch of the optical axis; solved points leave it."""
    _, _, p1, p2, *_ = _brown_coefficients(camera)
    fold = _brown_fold_radius(camera)
    rings = np.linspace(0.0, fold, _SEARCH_SAMPLES)
    radial, _ = _brown_radial(camera, rings * rings)
    reach = float(np.max(rings * radial + 3.0 * (abs(p1) + abs(p2)) * rings * rings))
    result = np.full(points.shape, np.nan)
    radius = np.hypot(points[:, 0], points[:, 1])
    active = np.flatnonzero(radius <= reach)
    target_x, target_y = points[active].T
    shrink = np.minimum(1.0, 0.9 * fold / np.maximum(radius[active], 1e-12))
    x, y = target_x * shrink, target_y * shrink
    for _ in range(_NEWTON_STEPS):
        squared = x * x + y * y
        radial, slope = _brown_radial(camera, squared)
        error_x = x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x * x) - target_x
        error_y = y * radial + p1 * (squared + 2 * y * y) + 2 * p2 * x * y - target_y
        solved = np.maximum(np.abs(error_x), np.abs(error_y)) < _TOLERANCE
        if solved.any():
            inside = solved & (squared < fold * fold)
            result[active[inside], 0], result[active[inside], 1] = x[inside], y[inside]
            if solved.all():
                break
            going = ~solved
            active, x, y, target_x, target_y = active[going], x[going], y[going], target_x[going], target_y[going]
            radial, slope, error_x, error_y = radial[going], slope[going], error_x[going], error_y[going]
        xx = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
        yy = radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
        xy = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
        determinant = xx * yy - xy * xy
        determinant = np.where(np.abs(determinant) < 1e-9, 1e-9, determinant)
        x = x - (yy * error_x - xy * error_y) / determinant
        y = y - (xx * error_y - xy * error_x) / determinant
        limit = np.minimum(1.0, fold / np.maximum(np.hypot(x, y), 1e-12))
        x, y = x * limit, y * limit
    return result


def _fisheye_radius(camera: Camera, angle: np.ndarray) -> np.ndarray:
    k1, k2, k3, k4 = camera.distortion
    squared = angle * angle
    return angle * (1 + squared * (k1 + squared * (k2 + squared * (k3 + squared * k4))))


def _fisheye_slope(camera: Camera, angle: np.ndarray) -> np.ndarray:
    k1, k2, k3, k4 = camera.distortion
    squared = angle * angle
    return 1 + squared * (3 * k1 + squared * (5 * k2 + squared * (7 * k3 + squared * 9 * k4)))


def _undistort_fisheye(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Newton's method on the angle from the optical axis, inside the range where the polynomial grows."""
    angles = np.linspace(0.0, np.arctan(_MAX_RADIUS), _SEARCH_SAMPLES)
    shrinking = ~(_fisheye_slope(camera, angles) > 0)
    last = float(angles[int(np.argmax(shrinking))]) if shrinking.any() else float(angles[-1])
    radius = np.hypot(points[:, 0], points[:, 1])
    angle = np.minimum(radius, 0.95 * last)
    for _ in range(_NEWTON_STEPS):
        error = _fisheye_radius(camera, angle) - radius
        if float(np.abs(error).max(initial=0.0)) < _TOLERANCE:
            break
        slope = np.maximum(_fisheye_slope(camera, angle), 1e-6)
        angle = np.clip(angle - error / slope, 0.0, last)
    error = np.abs(_fisheye_radius(camera, angle) - radius)
    ratio = np.divide(np.tan(angle), radius, out=np.ones_like(radius), where=radius > 1e-12)
    result = points * ratio[:, None]
    result[~(error < 1e-8) | (angle >= last)] = np.nan
    return result
