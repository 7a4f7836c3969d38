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
_BLOCKS = 10
_WIDEST = 0.6  # of an interval: beyond it the movement was too small to tell a scale
_HUBER = 2.0


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
    fit = min((_fit(estimated, tracked, at_camera, turn) for turn in _starts(estimated, tracked)), key=lambda f: f.cost)
    logs = _without_blocks(fit, estimated, tracked, at_camera)
    count = len(logs)
    deviation = math.sqrt((count - 1) / count * float(np.square(logs - logs.mean()).sum()))
    deviation = max(deviation, fit.deviation)
    low, high = interval(fit.log_scale, deviation, count - 1)
    scale = math.exp(fit.log_scale)
    if not (high - low) / scale < _WIDEST:
        raise ScaleError(
            f"the tracked poses move by {moved_mm:.2g} mm (root mean square), too little to tell a scale (90 %: "
            f"{low:.3g} to {high:.3g} mm per unit); move the endoscope farther, or take another source"
        )
    return PoseScale(Combined(scale, (low, high), (True,)), fit.marker_from_camera, fit.residual_mm)


@dataclass(frozen=True)
class _Fit:
    values: np.ndarray
    cost: float
    deviation: float
    residual_mm: float
    position_mm: float

    @property
    def log_scale(self) -> float:
        return float(self.values[0])

    @property
    def marker_from_camera(self) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = _rotations(self.values[7:10])[0], self.values[10:13]
        return matrix


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
    estimated: np.ndarray,
    tracked: np.ndarray,
    at_camera: bool,
    start: np.ndarray | _Fit,
) -> _Fit:
    """Least squares over log scale, world turn (3) and shift (3), and the camera's turn (3) and place (3) at the tool.

    The way from the marker to the camera is turned as the tracker says, which knows turns better than pictures do: that
    way is long, and an error of a tenth of a degree shifts its end by half a millimetre.
    """
    from scipy.optimize import least_squares
    from scipy.spatial.transform import Rotation

    if isinstance(start, _Fit):
        values, position_mm, rounds = start.values, start.position_mm, 1
    else:
        values, position_mm, rounds = _first_values(estimated, tracked, at_camera, start), 0.0, 3
    fixed = np.zeros(13, bool)
    fixed[7:] = at_camera

    def residuals(free: np.ndarray) -> np.ndarray:
        full = values.copy()
        full[~fixed] = free
        off_mm, turns = _disagreement(full, estimated, tracked)
        off_mm, off = off_mm / position_mm, Rotation.from_matrix(turns).as_rotvec() / _TURN_RAD
        return np.concatenate([off_mm.ravel(), off.ravel(), full[10:13] / _LEVER_MM])

    for _ in range(rounds):
        if rounds > 1:
            off = np.linalg.norm(_disagreement(values, estimated, tracked)[0], axis=1)
            position_mm = max(float(np.median(off)) / 1.54, 1e-3)  # the median length of a normal 3-vector
        solved = least_squares(residuals, values[~fixed], loss="huber", f_scale=_HUBER, x_scale="jac", max_nfev=60)
        values = values.copy()
        values[~fixed] = solved.x
    off = np.linalg.norm(_disagreement(values, estimated, tracked)[0], axis=1)
    information = solved.jac.T @ solved.jac
    deviation = math.sqrt(max(float(np.linalg.pinv(information)[0, 0]), 0.0))
    cost = float(np.median(off)) if not at_camera else float(np.sqrt(np.mean(off**2)))
    return _Fit(values, cost, deviation, float(np.sqrt(np.mean(off**2))), position_mm)


def _first_values(estimated: np.ndarray, tracked: np.ndarray, at_camera: bool, world: np.ndarray) -> np.ndarray:
    """With the world's turn given, scale, shift and the camera's place follow from linear equations."""
    from scipy.spatial.transform import Rotation

    turns = world @ estimated[:, :3, :3]
    camera = Rotation.from_matrix(tracked[:, :3, :3].transpose(0, 2, 1) @ turns).mean()
    unknowns = np.zeros((len(estimated), 3, 7))
    unknowns[:, :, 0] = estimated[:, :3, 3] @ world.T
    unknowns[:, :, 1:4] = np.eye(3)
    unknowns[:, :, 4:7] = 0.0 if at_camera else -tracked[:, :3, :3]
    weak = np.zeros((3, 7))
    weak[:, 4:7] = np.eye(3) / _LEVER_MM
    system = np.concatenate([unknowns.reshape(-1, 7), weak])
    solution = np.linalg.lstsq(system, np.concatenate([tracked[:, :3, 3].ravel(), np.zeros(3)]), rcond=None)[0]
    if not solution[0] > 0:
        solution[0] = fit_similarity(estimated[:, :3, 3], tracked[:, :3, 3]).scale or 1.0
    values = np.zeros(13)
    values[0] = math.log(abs(solution[0]))
    values[1:4], values[4:7] = Rotation.from_matrix(world).as_rotvec(), solution[1:4]
    if not at_camera:
        values[7:10], values[10:13] = camera.as_rotvec(), solution[4:7]
    return values


def _disagreement(values: np.ndarray, estimated: np.ndarray, tracked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By how much estimated and tracked camera differ: places (N, 3) mm and turns (N, 3, 3)."""
    world, camera = _rotations(values[1:4], values[7:10])
    seen = math.exp(values[0]) * estimated[:, :3, 3] @ world.T + values[4:7]
    told = tracked[:, :3, 3] + tracked[:, :3, :3] @ values[10:13]
    turns = (world @ estimated[:, :3, :3]).transpose(0, 2, 1) @ tracked[:, :3, :3] @ camera
    return seen - told, turns


def _rotations(*vectors: np.ndarray) -> list[np.ndarray]:
    from scipy.spatial.transform import Rotation

    return [np.asarray(Rotation.from_rotvec(vector).as_matrix()) for vector in vectors]


def _without_blocks(fit: _Fit, estimated: np.ndarray, tracked: np.ndarray, at_camera: bool) -> np.ndarray:
    """Log scales without one block of neighbouring poses each (delete-a-group jackknife)."""
    count = len(estimated)
    block = np.arange(count) * min(_BLOCKS, count // 2) // count
    kept = [block != number for number in range(int(block[-1]) + 1)]
    return np.array([_fit(estimated[keep], tracked[keep], at_camera, fit).log_scale for keep in kept])
