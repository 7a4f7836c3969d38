"""Poses of a tracker or robot, and which of them belong to the kept frames of a results folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.scaling.pose_table import PoseTable
from EndoDepthLib.tracking.pose_csv import read_pose_csv
from EndoDepthLib.tracking.sequence_metafile import read_sequence_metafile

FORMATS = ("auto", "tum", "csv", "mha")
_SUFFIXES = {".txt": "tum", ".tum": "tum", ".csv": "csv", ".mha": "mha", ".mhd": "mha"}
_MM = {"mm": 1.0, "m": 1000.0}
UNITS = tuple(_MM)
_LARGEST_HAND_EYE_BYTES = 1 << 20


@dataclass(frozen=True)
class GivenPoses:
    """Tracked poses, in millimetres, of a marker on the endoscope (or of the camera itself).

    by_frame: keys are frame numbers of the video, otherwise times in seconds. keys (N,) float64 ascending;
    world_from_marker (N, 4, 4).
    """

    keys: np.ndarray
    world_from_marker: np.ndarray
    by_frame: bool

    def of_frames(self, results: ResultsFolder, start_s: float = 0.0) -> dict[int, np.ndarray]:
        """world_from_marker of every kept frame that has one, by position.

        start_s: what the tracker's clock shows at time 0 of the video. Raises InputError when hardly any frame has one.
        """
        frames = results.manifest.frames
        if self.by_frame:
            row = {int(key): index for index, key in enumerate(self.keys)}
            found = {
                position: self.world_from_marker[row[frame.index]]
                for position, frame in enumerate(frames)
                if frame.index in row
            }
        else:
            times_s = np.array([frame.time_s for frame in frames]) + start_s
            known, poses = PoseTable(self.keys, self.world_from_marker).at(times_s)
            found = dict(zip(np.flatnonzero(known).tolist(), poses, strict=True))
        if len(found) < 3:
            kind = "numbers" if self.by_frame else "times"
            mine = [frame.index if self.by_frame else frame.time_s + start_s for frame in (frames[0], frames[-1])]
            raise InputError(
                f"only {len(found)} of {len(frames)} frames have a given pose: the poses have {kind} {self.keys[0]:g} "
                f"to {self.keys[-1]:g}, the frames {mine[0]:g} to {mine[1]:g}"
            )
        return found


def read_given_poses(path: Path, format: str = "auto", transform: str | None = None, unit: str = "mm") -> GivenPoses:
    """Read TUM text (by time), CSV with a header (by time or frame) or a PLUS sequence metafile (.mha, by frame).

    transform: which one of a metafile, such as "ProbeToTracker". unit: of the positions, one of UNITS. Raises
    InputError in one line for what cannot be read, SettingsError when the format cannot be told from the name.
    """
    path = Path(path)
    if format == "auto":
        if path.suffix.lower() not in _SUFFIXES:
            raise SettingsError(
                f"what kind of poses '{path.name}' holds its name does not say; give --poses-format tum, csv or mha"
            )
        format = _SUFFIXES[path.suffix.lower()]
    if not path.is_file():
        raise InputError(f"'{path}' is not there; expected a file of poses")
    if format == "tum":
        from EndoDepthLib.scaling.pose_table import read_pose_table

        table = read_pose_table(path)
        keys, poses, by_frame = table.times_s, table.world_from_marker.copy(), False
    elif format == "csv":
        keys, poses, by_frame = read_pose_csv(path)
    else:
        keys, poses, by_frame = read_sequence_metafile(path, transform)
    poses[:, :3, 3] *= _MM[unit]
    return GivenPoses(keys, poses, by_frame)


def read_hand_eye(path: Path) -> np.ndarray:
    """marker_from_camera (4, 4) rigid, mm, from a JSON file: 4 x 4 numbers, or an object that holds them under
    "marker_from_camera". Raises InputError in one line."""
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_HAND_EYE_BYTES:
            raise InputError(f"'{path}' is larger than 1 MiB; expected 4 x 4 numbers as JSON")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{path}' is not JSON ({error}); expected 4 x 4 numbers") from None
    if isinstance(content, dict):
        content = content.get("marker_from_camera")
    try:
        matrix = np.array(content, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        matrix = np.zeros(0)
    if matrix.shape != (4, 4) or not is_rigid(matrix):
        raise InputError(f"'{path}' holds no rigid 4 x 4 marker_from_camera (rotation, millimetres, last row 0 0 0 1)")
    return matrix


def is_rigid(matrix: np.ndarray) -> bool:
    """Whether a (4, 4) matrix is a rotation and a shift."""
    if not np.all(np.isfinite(matrix)) or not np.allclose(matrix[3], [0, 0, 0, 1], atol=1e-6):
        return False
    turn = matrix[:3, :3]
    return bool(np.allclose(turn @ turn.T, np.eye(3), atol=1e-3) and np.linalg.det(turn) > 0)
