"""A tracked folder: tracking.json with everything of a TrackedSequence, and poses.tum for other programs."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.geometry.camera_file import camera_to_json
from EndoDepthLib.results import ResultsFolder, atomic_write, layout, make_folder
from EndoDepthLib.results.schema_file import read_schema_file
from EndoDepthLib.tracking.placing import DIRECT, FOLLOWED, GIVEN, SFM
from EndoDepthLib.tracking.tum import tum_text
from EndoDepthLib.values import Camera, DistortionModel, Scale, TrackedSequence, Trajectory

TRACKING, POSES, REPORT = "tracking.json", "poses.tum", "report.json"
SCHEMA, SCHEMA_VERSION = "endodepth-tracking", 1
METHODS = (SFM, FOLLOWED, DIRECT, GIVEN)
_LARGEST_BYTES = 256 << 20


@dataclass(frozen=True)
class TrackedFolder:
    """A tracked sequence and what it was made of.

    sequence: poses and consistent depth. results: the results folder; results_sha256: of its manifest (hex). camera:
    the one that the poses belong to, on the pixel grid of the results (structure from motion may have refined it).
    times_s (N,) float64: of the tracked frames. settings: JSON values that say how it was made.
    """

    sequence: TrackedSequence
    results: Path
    results_sha256: str
    camera: Camera
    times_s: np.ndarray
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.sequence.positions)
        if self.times_s.shape != (count,) or not np.all(np.isfinite(self.times_s)):
            raise InputError(f"times are {self.times_s.shape}; expected ({count},) finite seconds, one a tracked frame")

    def open_results(self) -> ResultsFolder:
        """The results folder. Raises InputError when it is not there, or not the one that was tracked."""
        results = ResultsFolder.open(self.results)
        if manifest_sha256(self.results) != self.results_sha256:
            raise InputError(
                f"the results in '{self.results}' are not those that were tracked (results.json has changed); "
                "run 'endodepth track' again"
            )
        return results


def manifest_sha256(results: Path) -> str:
    """sha256 (hex) of a results folder's manifest. Raises InputError when it cannot be read."""
    path = Path(results) / layout.MANIFEST
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error


def save_tracked(folder: Path, tracked: TrackedFolder) -> None:
    """Write poses.tum, then tracking.json, each in one step. Raises OutputError when that is not possible."""
    folder = Path(folder)
    make_folder(folder)
    sequence = tracked.sequence
    poses = sequence.trajectory.world_from_camera
    frames = [
        {
            "position": int(sequence.positions[row]),
            "index": int(sequence.trajectory.frame_indices[row]),
            "time_s": float(tracked.times_s[row]),
            "submap": int(sequence.submaps[row]),
            "method": sequence.methods[row],
            "disparity_scale": float(sequence.disparity_scale[row]),
            "disparity_shift": float(sequence.disparity_shift[row]),
            "world_from_camera": poses[row, :3].tolist(),
        }
        for row in range(len(poses))
    ]
    head = {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "results": _path_from(folder, tracked.results),
        "results_sha256": tracked.results_sha256,
        "scale": sequence.scale.value,
        "scale_source": sequence.scale_source,
        "axes": "OpenCV",
        "camera": camera_to_json(tracked.camera),
        "settings": tracked.settings,
        "lost": [{"position": int(position), "reason": reason} for position, reason in sequence.lost],
    }
    text = json.dumps(head, indent=2, ensure_ascii=False, allow_nan=False)
    lines = ",\n    ".join(json.dumps(frame, allow_nan=False) for frame in frames)
    atomic_write(folder / POSES, tum_text(tracked.times_s, poses))
    atomic_write(folder / TRACKING, text[: text.rindex("\n}")] + ',\n  "frames": [\n    ' + lines + "\n  ]\n}\n")


def load_tracked(folder: Path) -> TrackedSequence:
    """The tracked sequence in a folder made by 'endodepth track'. Raises InputError as open_tracked."""
    return open_tracked(folder).sequence


def open_tracked(folder: Path) -> TrackedFolder:
    """What save_tracked wrote. Raises InputError in one line when it is missing, damaged or misstates something."""
    path = Path(folder) / TRACKING
    if not path.is_file():
        raise InputError(f"'{folder}' holds no {TRACKING}; expected a folder made by 'endodepth track'")
    values = read_schema_file(path, SCHEMA, SCHEMA_VERSION, _LARGEST_BYTES, "tracking", "endodepth track")
    try:
        return _tracked(values, path.parent)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, EndoDepthError) as error:
        reason = f"{type(error).__name__}: {error}" if not isinstance(error, EndoDepthError) else str(error)
        raise InputError(f"'{path}' lacks or misstates a value ({reason}); run 'endodepth track' again") from error


def _tracked(values: dict[str, Any], folder: Path) -> TrackedFolder:
    frames, settings = values["frames"], values["settings"]
    if not isinstance(frames, list) or not isinstance(settings, dict):
        raise InputError("frames are no list, or settings no object")
    poses = np.tile(np.eye(4), (len(frames), 1, 1))
    for row, frame in enumerate(frames):
        pose = np.array(frame["world_from_camera"], dtype=np.float64)
        if pose.shape != (3, 4) or not np.all(np.isfinite(pose)):
            raise InputError(f"the pose of frame {row} is {pose.shape}; expected 3 x 4 finite numbers")
        poses[row, :3] = pose
    methods = tuple(str(frame["method"]) for frame in frames)
    unknown = set(methods) - set(METHODS)
    if unknown:
        raise InputError(f"method {sorted(unknown)[0]!r}; expected one of {', '.join(METHODS)}")
    positions = _whole(frames, "position")
    lost = tuple((_whole_number(entry["position"], "position"), str(entry["reason"])) for entry in values["lost"])
    places = [*positions.tolist(), *(position for position, _ in lost)]
    if len(set(places)) != len(places):
        raise InputError("a frame stands twice among the tracked and lost ones")
    if np.any(np.diff(positions) <= 0):
        raise InputError("the tracked frames are not in the order of their positions")
    numbers = {name: _numbers(frames, name) for name in ("time_s", "disparity_scale", "disparity_shift")}
    sequence = TrackedSequence(
        Trajectory(poses, _whole(frames, "index")),
        positions,
        _whole(frames, "submap"),
        methods,
        numbers["disparity_scale"],
        numbers["disparity_shift"],
        lost,
        Scale(values["scale"]),
        str(values["scale_source"]),
    )
    lens = values["camera"]
    lens = {**lens, "distortion_model": DistortionModel(lens["distortion_model"])}
    camera = Camera(**{**lens, "distortion": tuple(map(float, lens["distortion"]))})
    results = folder / str(values["results"])
    return TrackedFolder(sequence, results, str(values["results_sha256"]), camera, numbers["time_s"], settings)


def _whole(frames: list[Any], name: str) -> np.ndarray:
    return np.array([_whole_number(frame[name], name) for frame in frames], dtype=np.int64)


def _whole_number(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise InputError(f"{name} is {str(value)[:40]}; expected a whole number from 0")
    return value


def _numbers(frames: list[Any], name: str) -> np.ndarray:
    numbers = np.array([float(frame[name]) for frame in frames], dtype=np.float64)
    if not np.all(np.isfinite(numbers)):
        raise InputError(f"{name} is not finite")
    return numbers


def _path_from(folder: Path, results: Path) -> str:
    """The results folder as seen from the tracked one, so that both can be moved together; absolute across drives."""
    try:
        return Path(os.path.relpath(results.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return results.resolve().as_posix()
