"""What structure from motion found, as a file: plain arrays and JSON, so that it need not be found again."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.motion.result import Motion, MotionFailure, MotionProblem, SparsePoints
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthLib.values import Camera, DistortionModel, Trajectory

_FORMAT = "EndoDepth motion 1"


def save_motion(file: Path, found: Motion | MotionFailure) -> None:
    """Write to `file` (.npz) in one step. Raises OutputError when that is not possible."""
    content = io.BytesIO()
    if isinstance(found, MotionFailure):
        _save(content, {"problem": found.problem.value, "reason": found.reason})
    else:
        camera, points = found.camera, found.points
        head = {
            "camera": [camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height],
            "distortion_model": camera.distortion_model.value,
            "distortion": list(camera.distortion),
            "camera_is_refined": found.camera_is_refined,
            "frames_given": found.frames_given,
            "median_angle_deg": found.median_angle_deg,
        }
        _save(
            content,
            head,
            world_from_camera=found.trajectory.world_from_camera,
            frame_indices=found.trajectory.frame_indices,
            **{name: getattr(points, name) for name in ("xyz", "point", "frame", "pixel", "error_px")},
        )
    atomic_write(file, content.getvalue())


def load_motion(file: Path) -> Motion | MotionFailure:
    """What save_motion wrote. Raises InputError for what is no such file, or is damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            head = json.loads(str(arrays["head"]))
            if head.pop("format") != _FORMAT:
                raise ValueError("of another version")
            if "problem" in head:
                return MotionFailure(MotionProblem(head["problem"]), head["reason"])
            fx, fy, cx, cy, width, height = head["camera"]
            camera = Camera(
                fx,
                fy,
                cx,
                cy,
                int(width),
                int(height),
                DistortionModel(head["distortion_model"]),
                tuple(head["distortion"]),
            )
            points = SparsePoints(*(arrays[name] for name in ("xyz", "point", "frame", "pixel", "error_px")))
            return Motion(
                camera,
                bool(head["camera_is_refined"]),
                Trajectory(arrays["world_from_camera"], arrays["frame_indices"]),
                points,
                int(head["frames_given"]),
                float(head["median_angle_deg"]),
            )
    except Exception as error:  # numpy, zipfile and zlib raise many kinds for damaged files
        raise InputError(
            f"the motion in {file} cannot be read ({error}); remove the file to have it found again"
        ) from error


def _save(stream: io.BytesIO, head: dict[str, Any], **arrays: Any) -> None:
    np.savez_compressed(stream, head=np.array(json.dumps({"format": _FORMAT, **head})), **arrays)
