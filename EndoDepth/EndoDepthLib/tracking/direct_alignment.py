"""Direct RGB-D alignment of a frame to a keyframe: brightness and depth agree, coarse to fine.

After Kerl, Sturm and Cremers, Dense visual SLAM for RGB-D cameras, IROS 2013. The light of an endoscope moves with it,
so pictures are compared after their local mean and contrast are taken away; predicted depth is known up to a factor, so
that is found along with the motion.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.tracking.evidence import Evidence
from EndoDepthLib.tracking.rigid import motion, orthonormal
from EndoDepthLib.values import Camera

LEVELS = 3
_POINTS = 2500
_STEPS = 12
_PICTURE_SPREAD = 0.35
"""Residual of locally normalised brightness from which on Huber's weights fall."""
_DEPTH_SPREAD = 0.06
"""The same of log depth."""
_DEPTH_SHARE = 0.25
"""Say of depth against brightness: predicted depth is smooth, so its pixels repeat each other's errors."""
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True)
class _Level:
    camera: Camera
    picture: np.ndarray
    """(h, w, 4) float32: normalised brightness, its two derivatives, weight."""
    depth: np.ndarray
    """(h, w, 3) float32: log disparity and its two derivatives."""
    pixels: np.ndarray
    rays: np.ndarray
    disparity: np.ndarray
    weight: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Alignment:
    """How frame and keyframe fit: frame_from_keyframe (4, 4); depth_factor: the frame's depth times this is in the
    keyframe's unit. overlap: share of the keyframe's points that the frame shows; correlation: of their normalised
    brightness; depth_error: median relative disagreement of their depths."""

    frame_from_keyframe: np.ndarray
    depth_factor: float
    overlap: float
    correlation: float
    depth_error: float


class AlignableFrame:
    """A frame prepared for alignment, as keyframe and as the frame that is brought to one.

    disparity_scale and _shift: as in TrackedSequence, applied to the predicted depth first.
    """

    def __init__(self, evidence: Evidence, camera: Camera, disparity_scale: float = 1.0, shift: float = 0.0) -> None:
        disparity = disparity_scale * evidence.disparity + np.float32(shift)
        usable = (evidence.weight > _LEAST_WEIGHT) & (disparity > 0)
        disparity = np.where(usable, disparity, np.nan).astype(np.float32)
        weight = np.where(usable, evidence.weight, 0.0).astype(np.float32)
        grey = cv2.GaussianBlur(evidence.grey.astype(np.float32), (0, 0), 0.8)
        self.coverage = float(usable.mean())
        self.levels = [_level(grey, disparity, weight, camera)]
        for _ in range(LEVELS - 1):
            camera = camera.resize(max(1, camera.width // 2), max(1, camera.height // 2))
            size = (camera.width, camera.height)
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
            whole = cv2.resize((weight > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
            filled = cv2.resize(np.nan_to_num(disparity), size, interpolation=cv2.INTER_AREA)
            disparity = np.where(whole, filled, np.nan).astype(np.float32)
            small = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
            weight = np.where(whole, small, 0.0).astype(np.float32)
            self.levels.append(_level(grey, disparity, weight, camera))


def align(keyframe: AlignableFrame, frame: AlignableFrame, guess: np.ndarray, factor: float = 1.0) -> Alignment | None:
    """Bring a frame to a keyframe from a guess of frame_from_keyframe (4, 4) and of the depth factor.

    None: hardly anything of the keyframe is in the frame's view, or the numbers run away.
    """
    pose, log_factor = guess, float(np.log(factor))
    for level in range(LEVELS - 1, -1, -1):
        moved = _refine(keyframe.levels[level], frame.levels[level], pose, log_factor)
        if moved is None:
            return None
        pose, log_factor = moved
    # Guesses are products of alignments and of transposes for inverses: rounding would double from frame to frame.
    return _judged(keyframe.levels[0], frame.levels[0], orthonormal(pose), log_factor)


def agreement(keyframe: AlignableFrame, frame: AlignableFrame, guess: np.ndarray, factor: float = 1.0) -> float:
    """Correlation of normalised brightness at the coarsest level for a guess; -1 where little overlaps."""
    found = _judged(keyframe.levels[-1], frame.levels[-1], guess, float(np.log(factor)))
    return found.correlation if found is not None and found.overlap > 0.2 else -1.0


def _level(grey: np.ndarray, disparity: np.ndarray, weight: np.ndarray, camera: Camera) -> _Level:
    sigma = max(2.0, camera.width / 20.0)
    mean = cv2.GaussianBlur(grey, (0, 0), sigma)
    deviation = np.sqrt(np.maximum(cv2.GaussianBlur(grey * grey, (0, 0), sigma) - mean * mean, 0.0))
    normal = (grey - mean) / (deviation + 3.0)
    across, down = (cv2.Scharr(normal, cv2.CV_32F, *order) / 32.0 for order in ((1, 0), (0, 1)))
    logs = np.log(disparity)
    slopes = [np.nan_to_num(cv2.Scharr(logs, cv2.CV_32F, *order) / 32.0) for order in ((1, 0), (0, 1))]
    rows, columns = _spread_points(np.hypot(across, down) * weight, weight > 0)
    pixels = np.stack([columns, rows], axis=1).astype(np.float64)
    rays = np.ones((len(rows), 3))
    rays[:, 0], rays[:, 1] = (pixels[:, 0] - camera.cx) / camera.fx, (pixels[:, 1] - camera.cy) / camera.fy
    return _Level(
        camera,
        np.dstack([normal, across, down, weight]).astype(np.float32),
        np.dstack([np.nan_to_num(logs), *slopes]).astype(np.float32),
        pixels,
        rays,
        disparity[rows, columns].astype(np.float64),
        weight[rows, columns].astype(np.float64),
        normal[rows, columns].astype(np.float64),
    )


def _spread_points(strength: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the strongest pixels of each cell of a grid: all over the picture, _POINTS at most."""
    height, width = strength.shape
    inner = np.zeros_like(usable)
    inner[2:-2, 2:-2] = usable[2:-2, 2:-2]
    cell = max(1, int(np.sqrt(max(inner.sum(), 1) / _POINTS)))
    rows_of, columns_of = height // cell, width // cell
    if min(rows_of, columns_of) < 1:
        return np.zeros(0, int), np.zeros(0, int)
    cut = np.where(inner, strength, -1.0)[: rows_of * cell, : columns_of * cell]
    cells = cut.reshape(rows_of, cell, columns_of, cell).transpose(0, 2, 1, 3).reshape(rows_of * columns_of, -1)
    best = cells.argmax(axis=1)
    taken = np.flatnonzero(cells[np.arange(len(cells)), best] >= 0)
    row, column = np.divmod(taken, columns_of)
    return row * cell + best[taken] // cell, column * cell + best[taken] % cell


def _seen(
    keyframe: _Level, frame: _Level, pose: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Which points (bool) the frame shows; for those: places in its camera, samples of its picture and depth."""
    if len(keyframe.rays) < 50:
        return None
    places = (keyframe.rays / keyframe.disparity[:, None]) @ pose[:3, :3].T + pose[:3, 3]
    camera = frame.camera
    ahead = places[:, 2] > 1e-9
    z = np.where(ahead, places[:, 2], 1.0)
    u, v = camera.fx * places[:, 0] / z + camera.cx, camera.fy * places[:, 1] / z + camera.cy
    inside = ahead & (u > 1) & (u < camera.width - 2) & (v > 1) & (v < camera.height - 2)
    columns, rows = (np.where(inside, each, 0.0).astype(np.float32)[:, None] for each in (u, v))
    picture = np.asarray(cv2.remap(frame.picture, columns, rows, cv2.INTER_LINEAR), dtype=np.float64)[:, 0]
    inside &= picture[:, 3] > _LEAST_WEIGHT
    if inside.sum() < 50:
        return None
    depth = np.asarray(cv2.remap(frame.depth, columns, rows, cv2.INTER_LINEAR), dtype=np.float64)[:, 0]
    return inside, places[inside], picture[inside], depth[inside]


def _refine(keyframe: _Level, frame: _Level, pose: np.ndarray, log_factor: float) -> tuple[np.ndarray, float] | None:
    """Gauss and Newton with Huber's weights on one level; None when too little is seen."""
    damping, last = 1e-4, np.inf
    best = (pose, log_factor)
    for _ in range(_STEPS):
        seen = _seen(keyframe, frame, pose)
        if seen is None:
            return None
        inside, places, picture, depth = seen
        weight = keyframe.weight[inside]
        of_picture = picture[:, 0] - keyframe.value[inside]
        of_depth = depth[:, 0] + np.log(places[:, 2]) - log_factor
        both = np.stack([_huber(of_picture / _PICTURE_SPREAD), _huber(of_depth / _DEPTH_SPREAD)])
        shares = np.stack(
            [weight * both[0] / _PICTURE_SPREAD**2, _DEPTH_SHARE * weight * picture[:, 3] * both[1] / _DEPTH_SPREAD**2]
        )
        cost = float((shares * np.stack([of_picture, of_depth]) ** 2).sum() / shares.sum())
        if cost > last * (1 + 1e-3):
            break
        best, gain, last = (pose, log_factor), last - cost, cost
        if gain < 1e-4 * cost:
            break
        jacobian = _jacobians(frame.camera, places, picture, depth)
        normal = np.zeros((7, 7))
        gradient = np.zeros(7)
        for share, slope, residual in zip(shares, jacobian, (of_picture, of_depth), strict=True):
            normal += (slope * share[:, None]).T @ slope
            gradient += slope.T @ (share * residual)
        normal[np.diag_indices(7)] *= 1.0 + damping
        normal[np.diag_indices(7)] += 1e-9
        step = -np.linalg.solve(normal, gradient)
        if not np.all(np.isfinite(step)):
            return None
        pose, log_factor = motion(step[:6]) @ pose, log_factor + float(step[6])
    return best


def _jacobians(
    camera: Camera, places: np.ndarray, picture: np.ndarray, depth: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(N, 7) each: how brightness and log depth change with a step of the motion and with the log depth factor."""
    x, y, z = places.T
    to_point = np.empty((2, len(x), 3))
    for row, (across, down) in enumerate(((picture[:, 1], picture[:, 2]), (depth[:, 1], depth[:, 2]))):
        to_point[row, :, 0], to_point[row, :, 1] = across * camera.fx / z, down * camera.fy / z
        to_point[row, :, 2] = -(to_point[row, :, 0] * x + to_point[row, :, 1] * y) / z
    to_point[1, :, 2] += 1.0 / z
    full = np.zeros((2, len(x), 7))
    full[:, :, :3] = to_point
    full[:, :, 3:6] = np.cross(places[None], to_point)  # a turn w moves a point by w x p: g . (w x p) = w . (p x g)
    full[1, :, 6] = -1.0
    return full[0], full[1]


def _huber(scaled: np.ndarray) -> np.ndarray:
    return 1.0 / np.maximum(1.0, np.abs(scaled))


def _judged(keyframe: _Level, frame: _Level, pose: np.ndarray, log_factor: float) -> Alignment | None:
    seen = _seen(keyframe, frame, pose)
    if seen is None:
        return None
    inside, places, picture, depth = seen
    weight = keyframe.weight[inside]
    values = np.stack([keyframe.value[inside], picture[:, 0]])
    values = np.clip(values - np.average(values, axis=1, weights=weight)[:, None], -3.0, 3.0)
    products = np.average(values[:, None] * values[None], axis=2, weights=weight)
    correlation = float(products[0, 1] / max(np.sqrt(products[0, 0] * products[1, 1]), 1e-9))
    disagreement = float(np.median(np.abs(depth[:, 0] + np.log(places[:, 2]) - log_factor)))
    return Alignment(pose, float(np.exp(log_factor)), float(inside.mean()), correlation, disagreement)
