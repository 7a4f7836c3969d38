"""Poses from a table with a header."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError

_LARGEST_BYTES = 256 << 20
_TIME, _FRAME = ("time_s", "time", "timestamp", "t"), ("frame", "index", "frame_index")
_QUATERNION = ("tx", "ty", "tz", "qx", "qy", "qz", "qw")
_MATRIX = tuple(f"m{row}{column}" for row in range(3) for column in range(4))
_EXPECTED = f"a header with time_s or frame, and {' '.join(_QUATERNION)} or {_MATRIX[0]} {_MATRIX[1]} ... {_MATRIX[-1]}"


def read_pose_csv(path: Path) -> tuple[np.ndarray, np.ndarray, bool]:
    """Keys (N,) ascending, poses (N, 4, 4), and whether the keys are frame numbers (else seconds).

    Columns, in any order and case: time_s or frame; tx ty tz qx qy qz qw, or the matrix m00 .. m23 row by row; others
    do not count. Raises InputError in one line.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"'{path}' is larger than {_LARGEST_BYTES >> 20} MiB; expected a table of poses")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"'{path}' is no CSV text ({error}); expected {_EXPECTED}") from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    names = [cell.strip().lower() for cell in lines[0]] if lines else []
    by_frame = not any(name in names for name in _TIME)
    key = next((name for name in (_FRAME if by_frame else _TIME) if name in names), None)
    wanted = next((columns for columns in (_QUATERNION, _MATRIX) if set(columns) <= set(names)), None)
    if key is None or wanted is None:
        raise InputError(f"'{path}' has the columns {', '.join(names)[:120]!r}; expected {_EXPECTED}")
    places = [names.index(name) for name in (key, *wanted)]
    rows = np.empty((len(lines) - 1, len(places)))
    for number, line in enumerate(lines[1:]):
        try:
            rows[number] = [float(line[place]) for place in places]
        except (ValueError, IndexError):
            rows[number] = np.nan
        if not np.all(np.isfinite(rows[number])):
            raise InputError(f"row {number + 2} of '{path}' is {','.join(line)[:60]!r}; expected {len(places)} numbers")
    return ascending(rows[:, 0], _poses(rows[:, 1:], path), path), _poses(rows[:, 1:], path), by_frame


def ascending(keys: np.ndarray, poses: np.ndarray, path: Path) -> np.ndarray:
    """The keys, if there are two or more and they ascend. Raises InputError."""
    if len(poses) < 2:
        raise InputError(f"'{path}' holds {len(poses)} poses; expected 2 or more")
    if np.any(np.diff(keys) <= 0):
        raise InputError(f"the times or frames in '{path}' do not ascend; expected one pose each, in order")
    return keys


def _poses(values: np.ndarray, path: Path) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    poses = np.tile(np.eye(4), (len(values), 1, 1))
    if values.shape[1] == len(_MATRIX):
        poses[:, :3] = values.reshape(-1, 3, 4)
        turns = poses[:, :3, :3]
        off = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(initial=0.0)
        if off > 1e-3 or np.any(np.linalg.det(turns) <= 0):
            raise InputError(f"a matrix in '{path}' is no rotation and shift; expected rigid poses")
        return poses
    lengths = np.linalg.norm(values[:, 3:], axis=1)
    if np.any(np.abs(lengths - 1.0) > 0.05):
        raise InputError(f"a quaternion in '{path}' has not the length 1; expected qx qy qz qw")
    poses[:, :3, :3], poses[:, :3, 3] = Rotation.from_quat(values[:, 3:]).as_matrix(), values[:, :3]
    return poses
