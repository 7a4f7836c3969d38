"""Poses from a tracker or robot in millimetres against the poses that were estimated from the pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import ScaleError
from EndoDepthLib.geometry import fit_similarity
from EndoDepthLib.scaling.measurement import Combined, interval

_LEAST_POSES = 6
_LEVER_MM = 300.0  # how far a marker may sit from the camera: an endoscope's length
_TURN_RAD = 0.02  # deviation of a rotation, until the fit knows better
_BLOCKS = 5  # so long that the drift of one has little to do with that of the next
_DRIFT = 0.012  # relative deviation of a scale from drift over the whole path, which no block shows
_WIDEST = 0.6  # of an interval: beyond it the movement was too small to tell a scale
_HUBER = 3.0
_ROUNDS = 3


@dataclass(frozen=True)
class PoseScale:
    """The scale, and where the camera sits: marker_from_camera (4, 4), mm; residual_mm of the camera's places."""

    combined: Combined
    marker_from_camera: np.ndarray
    residual_mm: float


def scale_from_poses(estimated: np.ndarray, tracked: np.ndarray, at_camera: bool = False) -> PoseScale:
    """The scale that makes estimated camera poses (N, 4, 4) agree with tracked poses (N, 4, 4) in mm.

    estimated: world_from_camera in units; tracked: world_from_marker of the same moments, whose marker sits anywhere on
    the endoscope unless at_camera. Scale, both worlds' relation and the marker's place are fitted together (hand-eye
    calibration with scale, as Heller et al., CVPR 2011, but by robust least squares over all poses); the interval comes
    from leaving out blocks of neighbouring poses, since errors of neighbours are alike. Raises ScaleError for fewer
    than 6 poses and for movement that is too small to tell a scale.
    """
    if len(estimated) != len(tracked) or len(estimated) < _LEAST_POSES:
        raise ScaleError(
            f"{min(len(estimated), len(tracked))} tracked poses belong to estimated ones; expected at least "
            f"{_LEAST_POSES}: check that both files have the same times or frame numbers"
        )
    moved_mm = float(np.sqrt(np.square(tracked[:, :3, 3] - tracked[:, :3, 3].mean(axis=0)).sum(axis=1).mean()))
    if moved_mm < 1e-6 or not np.ptp(estimated[:, :3, 3], axis=0).max() > 0:
        raise ScaleError(f"the tracked poses move by {moved_mm:.2g} mm; a scale needs the camera to move")
    fits = [_fit(estimated, tracked, at_camera, turn) for turn in _starts(estimated, tracked)]
    fit = min(fits, key=lambda each: each.residual_mm)
    kept = [_fit(estimated[keep], tracked[keep], at_camera, fit.world, fit) for keep in _without_blocks(len(estimated))]
    scales = np.array([fit.scale, *(each.scale for each in kept)])
    if not np.all(scales > 0):
        raise ScaleError(
            f"the tracked poses, which move by {moved_mm:.2g} mm (root mean square), do not follow the estimated ones; "
            "check that both are of the same moments, and move the endoscope farther"
        )
    logs, count = np.log(scales[1:]), len(kept)
    deviation = math.sqrt((count - 1) / count * float(np.square(logs - logs.mean()).sum()))
    deviation = math.hypot(max(deviation, fit.deviation / fit.scale), _DRIFT)
    low, high = interval(math.log(fit.scale), deviation, count - 1)
    scale = fit.scale
    if not (high - low) / scale < _WIDEST:
        raise ScaleError(
            f"the tracked poses move by {moved_mm:.2g} mm (root mean square), too little to tell a scale (90 %: "
            f"{low:.3g} to {high:.3g} mm per unit); move the endoscope farther, or take another source"
        )
    return PoseScale(Combined(scale, (low, high), (True,)), fit.marker_from_camera, fit.residual_mm)


@dataclass(frozen=True)
class _Fit:
    """scale with its standard deviation, world (3, 3) the turn of the estimated world in the tracker's."""

    scale: float
    deviation: float
    world: np.ndarray
    marker_from_camera: np.ndarray
    residual_mm: float
    position_mm: float


def _starts(estimated: np.ndarray, tracked: np.ndarray) -> list[np.ndarray]:
    """Guesses (3, 3) of how the estimated world lies in the tracker's: by what turned, and by what moved."""
    from scipy.spatial.transform import Rotation

    step = max(len(estimated) // 4, 1)
    turns = [
        Rotation.from_matrix(poses[step:, :3, :3] @ poses[:-step, :3, :3].transpose(0, 2, 1)).as_rotvec()
        for poses in (estimated, tracked)
    ]
    by_turn = fit_similarity(np.concatenate([turns[0], -turns[0]]), np.concatenate([turns[1], -turns[1]]))
    by_place = fit_similarity(estimated[:, :3, 3], tracked[:, :3, 3])
    return [by_turn.rotation, by_place.rotation]


def _fit(
    estimated: np.ndarray, tracked: np.ndarray, at_camera: bool, world: np.ndarray, like: _Fit | None = None
) -> _Fit:
    """Robust least squares; only the world's turn is searched, since scale, shift and lever follow linearly from it.

    The way from the marker to the camera is turned as the tracker says, which knows turns better than pictures do: that
    way is long, and an error of a tenth of a degree shifts its end by half a millimetre. like: a fit whose errors are
    known to be of the same size.
    """
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    weights = np.ones(len(estimated))
    position_mm = like.position_mm if like else 1.0
    if like is None:
        position_mm = _spread_mm(_Linear(estimated, tracked, at_camera, world, weights).off_mm)
    for _ in range(1 if like else _ROUNDS):
        start = world

        scaled = weights / position_mm

        def residuals(turn: np.ndarray, start: np.ndarray = start, scaled: np.ndarray = scaled) -> np.ndarray:
            now = np.asarray(Rotation.from_rotvec(turn).as_matrix()) @ start
            linear = _Linear(estimated, tracked, at_camera, now, scaled)
            return np.concatenate([(scaled[:, None] * linear.off_mm).ravel(), linear.turns_rad.ravel() / _TURN_RAD])

        turn = least_squares(residuals, np.zeros(3), max_nfev=30).x
        world = np.asarray(Rotation.from_rotvec(turn).as_matrix()) @ start
        linear = _Linear(estimated, tracked, at_camera, world, scaled)
        if like is None:
            position_mm = _spread_mm(linear.off_mm)
        lengths = np.linalg.norm(linear.off_mm, axis=1) / position_mm
        weights = np.sqrt(np.minimum(1.0, _HUBER / np.maximum(lengths, 1e-9)))
    residual_mm = float(np.sqrt(np.mean(np.square(linear.off_mm).sum(axis=1))))
    found = (linear.scale, linear.scale_deviation, world, linear.marker_from_camera)
    return _Fit(*found, residual_mm, position_mm)


def _spread_mm(off_mm: np.ndarray) -> float:
    """Standard deviation along an axis of normal errors (N, 3), from the median of their lengths."""
    return max(float(np.median(np.linalg.norm(off_mm, axis=1))) / 1.54, 1e-3)


class _Linear:
    """Scale, shift and lever for a given turn of the world, and what is left over.

    tracked place + tracked turn @ lever = scale * world @ estimated place + shift. off_mm (N, 3), turns_rad (N, 3): by
    how much places and turns disagree; weights (N,): one by the standard
    deviation of a place; scale_deviation: that of the scale.
    """

    def __init__(
        self, estimated: np.ndarray, tracked: np.ndarray, at_camera: bool, world: np.ndarray, weights: np.ndarray
    ) -> None:
        from scipy.spatial.transform import Rotation

        count = len(estimated)
        unknowns = np.zeros((count, 3, 4 if at_camera else 7))
        unknowns[:, :, 0] = estimated[:, :3, 3] @ world.T
        unknowns[:, :, 1:4] = np.eye(3)
        weak = np.zeros((3, unknowns.shape[2]))
        if not at_camera:
            unknowns[:, :, 4:7] = -tracked[:, :3, :3]
            weak[:, 4:7] = np.eye(3) / _LEVER_MM  # levers are no longer than endoscopes
        told = tracked[:, :3, 3]
        system = np.concatenate([(unknowns * weights[:, None, None]).reshape(3 * count, -1), weak])
        wanted = np.concatenate([(told * weights[:, None]).ravel(), np.zeros(3)])
        solution = np.linalg.lstsq(system, wanted, rcond=None)[0]
        self.scale = float(solution[0])
        self.scale_deviation = math.sqrt(max(float(np.linalg.pinv(system.T @ system)[0, 0]), 0.0))
        self.off_mm = unknowns @ solution - told
        differences = Rotation.from_matrix(tracked[:, :3, :3].transpose(0, 2, 1) @ world @ estimated[:, :3, :3])
        self.marker_from_camera = np.eye(4)
        if not at_camera:
            self.marker_from_camera[:3, :3] = differences.mean().as_matrix()
            self.marker_from_camera[:3, 3] = solution[4:7]
        self.turns_rad = (Rotation.from_matrix(self.marker_from_camera[:3, :3]).inv() * differences).as_rotvec()


def _without_blocks(count: int) -> list[np.ndarray]:
    """(count,) bool each: all poses but one block of neighbours (delete-a-group jackknife)."""
    block = np.arange(count) * min(_BLOCKS, count // 2) // count
    return [block != number for number in range(int(block[-1]) + 1)]
