"""Poses of a tracker or robot from a text file, and the poses at given moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError

_LARGEST_BYTES = 256 << 20
_LONGEST_GAP_S = 0.2  # between two tracked poses over which is interpolated
_COLUMNS = 8


@dataclass(frozen=True)
class PoseTable:
    """times_s (N,) ascending; world_from_marker (N, 4, 4), mm."""

    times_s: np.ndarray
    world_from_marker: np.ndarray

    def at(self, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """known (M,) bool: where poses stand close around a moment; the poses at those moments (known.sum(), 4, 4).

        Places are interpolated along lines, turns along great circles.
        """
        from scipy.spatial.transform import Rotation, Slerp

        after = np.clip(np.searchsorted(self.times_s, times_s), 1, len(self.times_s) - 1)
        before = after - 1
        nearest = np.minimum(np.abs(times_s - self.times_s[before]), np.abs(times_s - self.times_s[after]))
        inside = (times_s >= self.times_s[0] - 1e-3) & (times_s <= self.times_s[-1] + 1e-3)
        gap = self.times_s[after] - self.times_s[before]
        known = inside & ((gap <= _LONGEST_GAP_S) | (nearest <= 1e-3))
        moments = np.clip(times_s[known], self.times_s[0], self.times_s[-1])
        poses = np.tile(np.eye(4), (len(moments), 1, 1))
        if len(moments):
            turns = Rotation.from_matrix(self.world_from_marker[:, :3, :3])
            poses[:, :3, :3] = Slerp(self.times_s, turns)(moments).as_matrix()
            for axis in range(3):
                poses[:, axis, 3] = np.interp(moments, self.times_s, self.world_from_marker[:, axis, 3])
        return known, poses


def read_pose_table(path: Path) -> PoseTable:
    """Read lines `time_s tx ty tz qx qy qz qw` (TUM; commas or blanks between, # starts a comment), tx ty tz in mm.

    A first line of names is passed over. Raises InputError in one line: no file, other numbers, times not ascending.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"'{path}' is larger than {_LARGEST_BYTES >> 20} MiB; expected a list of poses")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    except UnicodeDecodeError:
        raise InputError(f"'{path}' is not text; expected lines 'time_s tx ty tz qx qy qz qw'") from None
    rows: list[list[float]] = []
    for number, line in enumerate(lines, 1):
        fields = line.split("#")[0].replace(",", " ").split()
        if not fields:
            continue
        values = [_number(field) for field in fields]
        if not rows and np.all(np.isnan(values)):
            continue  # the names of the columns
        if len(values) != _COLUMNS or not np.all(np.isfinite(values)):
            raise InputError(f"'{path}' line {number} is {line[:40]!r}; expected 'time_s tx ty tz qx qy qz qw'")
        rows.append(values)
    if len(rows) < 2:
        raise InputError(f"'{path}' holds {len(rows)} poses; expected lines 'time_s tx ty tz qx qy qz qw'")
    return _table(np.array(rows), path)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _table(rows: np.ndarray, path: Path) -> PoseTable:
    from scipy.spatial.transform import Rotation

    if np.any(np.diff(rows[:, 0]) <= 0):
        raise InputError(f"the times in '{path}' do not ascend; expected one pose a moment, in order")
    lengths = np.linalg.norm(rows[:, 4:], axis=1)
    if np.any(np.abs(lengths - 1.0) > 0.05):
        raise InputError(
            f"a quaternion in '{path}' has the length {lengths[np.argmax(np.abs(lengths - 1))]:.3g}; expected 1"
        )
    poses = np.tile(np.eye(4), (len(rows), 1, 1))
    poses[:, :3, :3] = Rotation.from_quat(rows[:, 4:]).as_matrix()
    poses[:, :3, 3] = rows[:, 1:4]
    return PoseTable(rows[:, 0], poses)
