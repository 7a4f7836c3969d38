"""Files of camera poses: TUM's text format, and poses.json as `endodepth synthesize` writes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Trajectory

_TUM_COLUMNS = 8
_EXPECTED = (
    "expected poses.json with world_from_camera (N x 4 x 4), or lines of TUM's format: frame tx ty tz qx qy qz qw"
)


def read_poses(path: Path) -> Trajectory:
    """The poses in a file, of any scale.

    .json: {"world_from_camera": N x 4 x 4, "frame_indices": N whole numbers (default 0, 1, 2, ...)}. Else TUM's format,
    a pose a line, where the first column is the number of the frame in its sequence; lines that begin with # do not
    count. Raises InputError.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(f"poses '{path}' cannot be read ({reason}); {_EXPECTED}") from error
    poses, frames = _from_json(path, text) if path.suffix.lower() == ".json" else _from_tum(path, text)
    if not np.isfinite(poses).all():
        raise InputError(f"poses '{path}' hold numbers that are not finite; {_EXPECTED}")
    if len(set(frames.tolist())) < len(frames):
        raise InputError(f"poses '{path}' name a frame twice; expected one pose a frame")
    try:
        return Trajectory(poses, frames)
    except InputError as error:
        raise InputError(f"'{path}': {error}") from error


def _from_json(path: Path, text: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        content = json.loads(text)
        poses = np.array(content["world_from_camera"], np.float64)
        frames = np.array(content.get("frame_indices", range(len(poses))), np.int64)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"poses '{path}' cannot be read ({type(error).__name__}: {error}); {_EXPECTED}") from error
    return poses, frames


def _from_tum(path: Path, text: str) -> tuple[np.ndarray, np.ndarray]:
    from evo.core.trajectory import PosePath3D

    rows = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    try:
        values = np.array([[float(value) for value in row] for row in rows], np.float64)
    except ValueError as error:
        raise InputError(f"poses '{path}' hold something else than numbers; {_EXPECTED}") from error
    if values.ndim != 2 or values.shape[1] != _TUM_COLUMNS:
        widths = sorted({len(row) for row in rows})
        raise InputError(f"poses '{path}' have lines of {widths or 'no'} numbers; {_EXPECTED}")
    if (values[:, 0] != np.round(values[:, 0])).any():
        raise InputError(
            f"poses '{path}' begin lines with times ({values[0, 0]:g}, ...); give the number of each frame in its "
            "sequence instead"
        )
    lengths = np.linalg.norm(values[:, 4:], axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise InputError(f"poses '{path}' hold a quaternion of zeros; {_EXPECTED}")
    wxyz = np.roll(values[:, 4:] / lengths, 1, axis=1)
    poses = PosePath3D(positions_xyz=values[:, 1:4], orientations_quat_wxyz=wxyz).poses_se3
    return np.array(poses), values[:, 0].astype(np.int64)
