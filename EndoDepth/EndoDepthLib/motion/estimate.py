"""Structure from motion of a video: prepare, run the engine, judge what it found."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from EndoDepthLib.geometry.camera_source import CameraSource, SourcedCamera
from EndoDepthLib.motion.camera_model import exact_model, refined_camera, starting_model
from EndoDepthLib.motion.child import EngineError, run_engine
from EndoDepthLib.motion.preparation import LeftOut, PreparedFrame, prepare_frames
from EndoDepthLib.motion.result import Motion, MotionFailure, MotionProblem, SparsePoints
from EndoDepthLib.motion.settings import MotionSettings
from EndoDepthLib.values import Trajectory
from EndoDepthLib.video import Video

Progress = Callable[[str, int, int], None]
"""Told the stage, how many of its steps are done, and how many there are."""

LEAST_DISPLACEMENT = 0.004
"""Pictures that move less than this share of their diagonal from start to end of the kept frames are static."""

LEAST_FOLLOWED = 0.15
"""Share of corners that must be found again from one kept frame to the next, in the median."""


def estimate_motion(
    video: Video,
    camera: SourcedCamera,
    content: np.ndarray,
    left_out: LeftOut | None = None,
    settings: MotionSettings | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Motion | MotionFailure:
    """Camera, poses and sparse points of a video (COLMAP: Schoenberger and Frahm, CVPR 2016), or why there are none.

    camera: from a file it is kept; from a field of view its focal length is where the search starts; a guessed one is
    not used. content (H, W) bool: the picture inside the dark border. left_out: what of a frame must not count, such as
    instruments. About settings.frames frames of those that the video keeps are used. Takes minutes: `progress` is told,
    `cancelled` is asked; then KeyboardInterrupt. Raises InputError for frames that cannot be read, OutputError when the
    disk for temporary files is full.
    """
    settings = settings or MotionSettings()
    if importlib.util.find_spec("pycolmap") is None:
        return MotionFailure(
            MotionProblem.MISSING_PACKAGE,
            "structure from motion needs the package 'pycolmap', which is missing: pip install 'endodepth[train]'",
        )
    tell = progress or (lambda stage, done, total: None)
    kept = video.indices[:: settings.every(len(video.indices))]
    if len(kept) < settings.least_frames:
        return MotionFailure(
            MotionProblem.TOO_SHORT, f"the video has {len(kept)} frames; {settings.least_frames} or more are needed"
        )
    with tempfile.TemporaryDirectory(prefix="endodepth-motion-") as name:
        folder = Path(name)
        prepared: list[PreparedFrame] = []
        tell("preparing frames", 0, len(kept))
        every = Video.open(video.source, start=kept.start, stop=kept.stop, every=kept.step, hidden=video.hidden)
        with every:
            for written in prepare_frames(every, content, folder, left_out):
                prepared.append(written)
                tell("preparing frames", len(prepared), len(kept))
                if cancelled is not None and cancelled():
                    raise KeyboardInterrupt
        failure = unfit_motion(prepared)
        if failure is not None:
            return failure
        is_known = camera.source is CameraSource.FILE
        start = camera.camera
        if camera.source is CameraSource.GUESSED:
            focal_px = settings.focal_widths * video.width
            start = replace(start, fx=focal_px, fy=focal_px)
        model, params = exact_model(start) if is_known else starting_model(start)
        job = {
            "camera_model": model,
            "camera_params": params,
            "refine_camera": not is_known,
            "features": settings.features,
            "longest_side_px": settings.longest_side_px,
            "initial_angle_deg": settings.initial_angle_deg,
            "seed": settings.seed,
            "threads": settings.threads,
        }
        try:
            found = run_engine(folder, job, tell, cancelled)
        except EngineError as error:
            return MotionFailure(MotionProblem.ENGINE_FAILED, f"COLMAP ended without a result: {error}")
    return _judged(found, camera, is_known, len(prepared), settings, (video.width, video.height))


def unfit_motion(prepared: list[PreparedFrame]) -> MotionFailure | None:
    """Why frames with such motion between them cannot show depth; None: they may."""
    motions = [frame.motion for frame in prepared if frame.motion is not None]
    followed = float(np.median([motion.followed for motion in motions])) if motions else 0.0
    moved = sum(motion.displacement for motion in motions)
    if followed < LEAST_FOLLOWED:
        return MotionFailure(
            MotionProblem.NOTHING_TO_FOLLOW,
            f"only {followed:.0%} of the picture's corners are found again in the next kept frame "
            f"({LEAST_FOLLOWED:.0%} are needed): noise, blur, or pictures that have nothing in common",
        )
    if moved < LEAST_DISPLACEMENT:
        return MotionFailure(
            MotionProblem.STATIC,
            f"the camera does not move: all the way through, the picture shifts by {moved:.2%} of its diagonal "
            f"({LEAST_DISPLACEMENT:.1%} is the least)",
        )
    return None


def _judged(
    found: dict[str, np.ndarray],
    camera: SourcedCamera,
    is_known: bool,
    given: int,
    settings: MotionSettings,
    size: tuple[int, int],
) -> Motion | MotionFailure:
    registered = int(found["registered"])
    if not registered:
        return MotionFailure(
            MotionProblem.NO_INITIAL_PAIR,
            "no two frames show enough of the same places from different directions to begin with",
        )
    if registered < max(settings.least_frames, settings.least_share * given):
        return MotionFailure(
            MotionProblem.FEW_FRAMES, f"only {registered} of {given} frames fit into one model (half are needed)"
        )
    if len(found["xyz"]) < settings.least_points:
        return MotionFailure(
            MotionProblem.FEW_POINTS, f"only {len(found['xyz'])} points were found; {settings.least_points} are needed"
        )
    angle = float(np.median(found["angle_deg"]))
    if angle < settings.least_angle_deg:
        return MotionFailure(
            MotionProblem.LITTLE_PARALLAX,
            f"points are seen under a median angle of {angle:.2f} degrees; {settings.least_angle_deg:g} are needed: "
            "the camera turns but hardly travels",
        )
    numbers = np.array([int(Path(str(name)).stem) for name in found["names"]], dtype=np.int64)
    error = found["error_px"]
    seen = np.isfinite(error)
    points = SparsePoints(
        found["xyz"], found["point"][seen], numbers[found["frame"][seen]], found["pixel"][seen] - 0.5, error[seen]
    )
    refined = camera.camera if is_known else refined_camera(found["camera_params"].tolist(), *size)
    return Motion(refined, not is_known, Trajectory(found["world_from_camera"], numbers), points, given, angle)
