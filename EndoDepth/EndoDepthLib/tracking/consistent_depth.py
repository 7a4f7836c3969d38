"""One disparity scale and shift a frame, so that overlapping frames, and points of known place, agree in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsqr

from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.following import KnownPoints
from EndoDepthLib.tracking.rigid import inverse
from EndoDepthLib.values import Camera

_OFFSETS = (1, 2, 4, 8, 16)
_GRID_WIDTH = 80
_PIXELS = 120
"""About so many pixels of a frame are compared with each of its neighbours."""
_SPREAD = 0.1
"""Relative disagreement with half a say: about what predicted depth is off."""
_POINT_SAY, _ENOUGH_POINTS = 10.0, 30
"""Say of a frame's points of known place, if it has enough of them; all its comparisons with other frames have 1.
Those alone would like depth flat, which agrees with everything."""
_SHIFT_SAY, _SCALE_SAY = 0.1, 0.02
"""Say of "no shift" and of "the scale it starts with", both as shares of the frame's disparity."""
_LEAST_WEIGHT = 0.05
_LEAST_SCALE = 0.1
_ROUNDS, _REWEIGHTINGS = 3, 3


@dataclass(frozen=True)
class ConsistentDepth:
    """disparity_scale and disparity_shift (N,) as in TrackedSequence; disagreement: median relative difference of depth
    between overlapping frames, before and after."""

    disparity_scale: np.ndarray
    disparity_shift: np.ndarray
    disagreement_before: float
    disagreement: float


@dataclass(frozen=True)
class _Equations:
    """Linear in the unknowns (scale and shift of each row), relative to depth: rows of up to four coefficients."""

    columns: np.ndarray
    values: np.ndarray
    right: np.ndarray
    weight: np.ndarray
    residual: np.ndarray


def solve_consistent_depth(
    evidence: SequenceEvidence,
    positions: Sequence[int],
    poses: np.ndarray,
    submaps: np.ndarray,
    known: Mapping[int, KnownPoints],
    start: np.ndarray,
) -> ConsistentDepth:
    """Solve for all tracked frames at once (sparse linear least squares, iteratively reweighted after Cauchy).

    positions: of the N frames; poses (N, 4, 4) world_from_camera; submaps (N,): frames of two are not compared; known:
    points of known place by position; start (N,) disparity scales. The poses stay, and their unit with them; the
    shift is held near 0, the scale loosely to where it starts, which fixes what nothing else does.
    """
    frames, camera = _frames(evidence, positions)
    placed = [known.get(position) for position in positions]
    fixed = _point_equations(frames, camera, poses, placed, camera.width / evidence.camera.width)
    chosen = _pairs(poses, submaps)
    scale, shift = start.astype(np.float64).copy(), np.zeros(len(start))
    unit = np.array([float(np.median(frame.mine)) if len(frame.mine) else 1.0 for frame in frames])
    before = after = float("nan")
    for turn in range(_ROUNDS + 1):
        pairs = _pair_equations(frames, camera, poses, chosen, scale, shift)
        after = float(np.median(np.abs(pairs.residual))) if len(pairs.residual) else float("nan")
        before = after if turn == 0 else before
        if turn == _ROUNDS:
            break
        scale, shift = _solve(fixed, pairs, scale, shift, start, unit)
    return ConsistentDepth(scale, shift, before, after)


@dataclass(frozen=True)
class _Frame:
    """What is compared of a frame: a coarse grid of disparity and weight (float32), and a few of its pixels."""

    disparity: np.ndarray
    weight: np.ndarray
    rays: np.ndarray
    mine: np.ndarray
    trust: np.ndarray


def _frames(evidence: SequenceEvidence, positions: Sequence[int]) -> tuple[list[_Frame], Camera]:
    """All frames, small enough to be kept at once, and the camera of their grid."""
    full = evidence.camera
    width = min(_GRID_WIDTH, full.width)
    camera = full.resize(width, max(1, round(full.height * width / full.width)))
    rays = camera_rays(camera)
    step = max(1, int(np.sqrt(camera.width * camera.height / _PIXELS)))
    part = (slice(step // 2, None, step), slice(step // 2, None, step))
    frames = []
    for position in positions:
        known = evidence[position]
        size = (camera.width, camera.height)
        # The nearest pixel: a mean over an edge would be a depth that nothing has.
        disparity, weight = (
            cv2.resize(a, size, interpolation=cv2.INTER_NEAREST) for a in (known.disparity, known.weight)
        )
        weight = np.where(np.isfinite(disparity), weight, np.float32(0.0))
        good = weight[part] > _LEAST_WEIGHT
        chosen = (array[part][good].astype(np.float64) for array in (disparity, weight))
        frames.append(_Frame(disparity, weight, rays[part][good], *chosen))
    return frames, camera


def _at(frame: _Frame, camera: Camera, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Disparity and weight at the nearest grid pixels (N, 2); weight 0 outside and where nothing is known."""
    inside = np.isfinite(pixels).all(axis=1)
    column, row = (np.rint(np.where(inside, pixels[:, axis], -1.0)) for axis in (0, 1))
    inside &= (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    row, column = np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)
    weight = np.where(inside, frame.weight[row, column], 0.0).astype(np.float64)
    return np.where(weight > 0, frame.disparity[row, column], 1.0).astype(np.float64), weight


def _point_equations(
    frames: list[_Frame], camera: Camera, poses: np.ndarray, known: Sequence[KnownPoints | None], shrink: float
) -> _Equations:
    """z (scale / d + shift) = 1 for every point of known place; shrink: grid pixels in one of the points' pixels."""
    parts = []
    for row, points in enumerate(known):
        if points is None or not len(points.pixels):
            continue
        z = (points.xyz - poses[row, :3, 3]) @ poses[row, :3, 2]
        disparity, weight = _at(frames[row], camera, (points.pixels + 0.5) * shrink - 0.5)
        good = (z > 0) & (weight > 0)
        z, disparity, weight = z[good], disparity[good], weight[good]
        count = len(z)
        columns = np.tile([2 * row, 2 * row + 1, 0, 0], (count, 1))
        values = np.stack([z * disparity, z, np.zeros(count), np.zeros(count)], axis=1)
        say = weight / max(float(weight.sum()), 1e-9) * _POINT_SAY * min(1.0, count / _ENOUGH_POINTS)
        parts.append((columns, values, np.ones(count), say))
    return _joined(parts)


def _pair_equations(
    frames: list[_Frame],
    camera: Camera,
    poses: np.ndarray,
    pairs: list[tuple[int, int]],
    scale: np.ndarray,
    shift: np.ndarray,
) -> _Equations:
    """The depth that a pixel of one frame has in another equals the other's own there, linear around where we are."""
    parts, of_frame = [], np.bincount(np.ravel(pairs).astype(int), minlength=len(frames)) if pairs else np.zeros(0)
    for i, j in pairs:
        one = frames[i]
        now = scale[i] * one.mine + shift[i]
        into = inverse(poses[j]) @ poses[i]
        good = now > 0
        places = (one.rays[good] / now[good, None]) @ into[:3, :3].T + into[:3, 3]
        forward = one.rays[good] @ into[2, :3]
        ahead = places[:, 2] > 1e-9
        z = np.where(ahead, places[:, 2], 1.0)
        pixels = np.stack([camera.fx * places[:, 0] / z + camera.cx, camera.fy * places[:, 1] / z + camera.cy], axis=1)
        pixels[~ahead] = np.nan
        disparity, weight = _at(frames[j], camera, pixels)
        weight = np.sqrt(weight * one.trust[good])
        taken = ahead & (weight > 0)
        if taken.sum() < 8:
            continue
        z, disparity, weight, forward = z[taken], disparity[taken], weight[taken], forward[taken]
        mine, current = one.mine[good][taken], now[good][taken]
        slope = forward / (forward + into[2, 3] * current) ** 2
        slope = np.where(np.isfinite(slope), slope, 0.0)
        columns = np.tile([2 * j, 2 * j + 1, 2 * i, 2 * i + 1], (len(z), 1))
        values = np.stack([z * disparity, z, -z * slope * mine, -z * slope], axis=1)
        say = weight / weight.sum() * len(z) / max(len(one.mine), 1) / np.sqrt(of_frame[i] * of_frame[j])
        parts.append((columns, values, 1.0 - z * slope * current, say))
    joined = _joined(parts)
    unknowns = np.stack([scale, shift], axis=1).ravel()
    residual = (joined.values * unknowns[joined.columns]).sum(axis=1) - joined.right
    return _Equations(joined.columns, joined.values, joined.right, joined.weight, residual)


def _pairs(poses: np.ndarray, submaps: np.ndarray) -> list[tuple[int, int]]:
    """Neighbours in time at several distances, and for every fourth frame the nearest ones seen at another time."""
    count = len(poses)
    pairs = [
        pair
        for offset in _OFFSETS
        for start in range(count - offset)
        for pair in ((start, start + offset), (start + offset, start))
    ]
    centres, axes = poses[:, :3, 3], poses[:, :3, 2]
    for row in range(0, count, 4):
        apart = np.abs(np.arange(count) - row) > 2 * _OFFSETS[-1]
        facing = apart & (axes @ axes[row] > 0.8) & (submaps == submaps[row])
        candidates = np.flatnonzero(facing)
        distance = np.linalg.norm(centres[candidates] - centres[row], axis=1)
        pairs += [(row, int(candidates[other])) for other in np.argsort(distance)[:2]]
    return [(i, j) for i, j in pairs if submaps[i] == submaps[j]]


def _joined(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> _Equations:
    if not parts:
        return _Equations(np.zeros((0, 4), int), np.zeros((0, 4)), np.zeros(0), np.zeros(0), np.zeros(0))
    columns, values, right, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
    return _Equations(columns, values, right, weight, np.zeros(len(right)))


def _solve(
    fixed: _Equations, pairs: _Equations, scale: np.ndarray, shift: np.ndarray, start: np.ndarray, unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    count = len(scale)
    columns = np.concatenate([fixed.columns, pairs.columns])
    values, right = np.concatenate([fixed.values, pairs.values]), np.concatenate([fixed.right, pairs.right])
    weight = np.concatenate([fixed.weight, pairs.weight])
    # Unknowns in like units: the scale as a share of where it starts, the shift as a share of the frame's disparity.
    units = np.stack([start, start * unit], axis=1).ravel()
    values = values * units[columns]
    priors = np.tile([_SCALE_SAY, _SHIFT_SAY], count)
    wanted = np.tile([1.0, 0.0], count)
    unknowns = np.stack([scale, shift], axis=1).ravel() / units
    rows = np.repeat(np.arange(len(right)), 4)
    system = csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(len(right), 2 * count))
    for _ in range(_REWEIGHTINGS):
        residual = system @ unknowns - right
        root = np.sqrt(weight * _trust(residual))
        below = np.sqrt(priors)
        diagonal = csr_matrix((below, (np.arange(2 * count), np.arange(2 * count))), shape=(2 * count, 2 * count))
        stacked = _stacked(system.multiply(root[:, None]).tocsr(), diagonal)
        answer = lsqr(
            stacked, np.concatenate([root * right, below * wanted]), x0=unknowns, atol=1e-9, btol=1e-9, iter_lim=500
        )
        unknowns = answer[0]
        unknowns[0::2] = np.maximum(unknowns[0::2], _LEAST_SCALE)
    solved = (unknowns * units).reshape(count, 2)
    return solved[:, 0].copy(), solved[:, 1].copy()


def _stacked(upper: csr_matrix, lower: csr_matrix) -> csr_matrix:
    from scipy.sparse import vstack

    return csr_matrix(vstack([upper, lower]))


def _trust(residual: np.ndarray) -> np.ndarray:
    """Cauchy's weights: what disagrees by far, as where one frame sees past an edge, says next to nothing."""
    return 1.0 / (1.0 + np.square(residual / _SPREAD))


def fitted_scale(evidence: SequenceEvidence, position: int, pose: np.ndarray, points: KnownPoints) -> float | None:
    """The disparity scale with which a frame's depth fits its points of known place: a median; None: too few points."""
    frame = evidence[position]
    z = (points.xyz - pose[:3, 3]) @ pose[:3, 2]
    whole = _Frame(frame.disparity, frame.weight, np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    disparity, weight = _at(whole, evidence.camera, points.pixels)
    good = (z > 0) & (weight > 0)
    return float(np.median(1.0 / (z[good] * disparity[good]))) if good.sum() >= 8 else None
