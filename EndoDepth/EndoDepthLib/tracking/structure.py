"""Structure from motion over the frames of a results folder, and its answer in the terms of tracking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from EndoDepthLib.geometry.camera_source import CameraSource, SourcedCamera
from EndoDepthLib.motion import Motion, MotionFailure, MotionSettings, estimate_motion
from EndoDepthLib.results import layout
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.values import NOMINAL_MEDIAN_DEPTH, Frame, Trajectory
from EndoDepthLib.video import Video

Progress = Callable[[str, int, int], None]

SETTINGS = MotionSettings(
    frames=60,
    features=2500,
    longest_side_px=1024,
    least_frames=5,
    least_share=0.1,
    least_points=100,
    least_angle_deg=1.0,
)
"""A part of the frames is enough here: the others are brought to it, or to each other."""


def structure_of(
    evidence: SequenceEvidence,
    settings: MotionSettings = SETTINGS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Motion | MotionFailure:
    """Structure from motion of the kept frames, numbered by position, in a unit in which the median depth is nominal.

    Raises InputError for frames that cannot be read, KeyboardInterrupt when `cancelled` says so.
    """
    results = evidence.results
    source = CameraSource(results.request.camera_source)
    camera = SourcedCamera(results.camera, source, f"camera of {results.folder.name}")

    def left_out(frame: Frame) -> np.ndarray:
        return evidence.moving(frame.index)

    folder = layout.frame_file(results.folder, "frame", 0).parent
    with Video.open(folder, stop=len(results)) as video:
        found = estimate_motion(video, camera, results.content, left_out, settings, progress, cancelled)
    return found if isinstance(found, MotionFailure) else _nominal(found)


def _nominal(found: Motion) -> Motion:
    factor = NOMINAL_MEDIAN_DEPTH / float(np.median(found.depths()))
    poses = found.trajectory.world_from_camera.copy()
    poses[:, :3, 3] *= factor
    return replace(
        found,
        trajectory=Trajectory(poses, found.trajectory.frame_indices),
        points=replace(found.points, xyz=found.points.xyz * factor),
    )
