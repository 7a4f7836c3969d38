"""Intrinsics without a board: what structure from motion finds, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.calibration.motion_uncertainty import lens_covariance
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry.camera_source import CameraSource, SourcedCamera
from EndoDepthLib.motion import Motion, MotionFailure, MotionSettings, estimate_motion
from EndoDepthLib.values import Camera
from EndoDepthLib.video import Video

MOST_UNCERTAINTY = 0.10
"""A focal length less certain than this share of itself is refused: a guess from the field of view is as good."""

_ADVICE = "calibrate with a board, or give the field of view with --fov where a camera is asked for"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class MotionCalibration:
    """A camera from the video's own motion: one focal length, one radial coefficient k1; the principal point is held in
    the middle of the picture.

    focal_deviation_px, k1_deviation: standard deviations, the largest of what the adjustment says (formal_*), half the
    difference between the even and the odd frames, each by itself (halves_focal_px, halves_k1), and how far the middle
    of these two lies from what all frames give.
    """

    camera: Camera
    focal_deviation_px: float
    k1_deviation: float
    formal_focal_px: float
    formal_k1: float
    halves_focal_px: tuple[float, float]
    halves_k1: tuple[float, float]
    motion: Motion

    def summary(self) -> str:
        """The main figures on one line."""
        even, odd = self.halves_focal_px
        return (
            f"focal length {self.camera.fx:.0f} +- {self.focal_deviation_px:.0f} px (even frames {even:.0f}, odd "
            f"frames {odd:.0f}), k1 {self.camera.distortion[0]:.3f} +- {self.k1_deviation:.3f}; {self.motion.summary()}"
        )


def calibrate_from_motion(
    video: Video,
    camera: SourcedCamera,
    content: np.ndarray,
    settings: MotionSettings | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> MotionCalibration:
    """The camera that structure from motion of the kept frames finds, with its uncertainty.

    camera: a field of view, where the search starts, or a guess. content (H, W) bool: the picture inside the dark
    surround. Runs three times: all frames, the even and the odd ones. Raises InputError when motion gives no camera, or
    none that deserves trust.
    """
    settings = settings or MotionSettings()
    kept = video.indices[:: settings.every(len(video.indices))]
    whole = _motion(video, kept, camera, content, settings, progress, cancelled, "")
    halves = [
        _motion(video, kept[first::2], camera, content, settings, progress, cancelled, name)
        for first, name in ((0, "even frames"), (1, "odd frames"))
    ]
    formal = np.sqrt(np.diag(lens_covariance(whole)))
    focal = [half.camera.fx for half in halves]
    k1 = [half.camera.distortion[0] for half in halves]
    result = MotionCalibration(
        camera=whole.camera,
        focal_deviation_px=_deviation(float(formal[0]), whole.camera.fx, focal),
        k1_deviation=_deviation(float(formal[1]), whole.camera.distortion[0], k1),
        formal_focal_px=float(formal[0]),
        formal_k1=float(formal[1]),
        halves_focal_px=(focal[0], focal[1]),
        halves_k1=(k1[0], k1[1]),
        motion=whole,
    )
    if not result.focal_deviation_px <= MOST_UNCERTAINTY * result.camera.fx:
        raise InputError(
            f"the motion leaves the focal length open: {result.camera.fx:.0f} +- {result.focal_deviation_px:.0f} px "
            f"(even frames {focal[0]:.0f}, odd frames {focal[1]:.0f}); expected {MOST_UNCERTAINTY:.0%} or less: "
            f"choose a part where the camera travels and turns, by --start and --stop, or {_ADVICE}"
        )
    return result


def _deviation(formal: float, whole: float, halves: list[float]) -> float:
    return max(formal, abs(halves[0] - halves[1]) / 2.0, abs(sum(halves) / 2.0 - whole))


def _motion(
    video: Video,
    kept: range,
    camera: SourcedCamera,
    content: np.ndarray,
    settings: MotionSettings,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
    part: str,
) -> Motion:
    if camera.source is CameraSource.FILE:
        raise InputError("the camera is known from a file already; expected none, or a field of view")
    label = f" ({part})" if part else ""

    def tell(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(stage + label, done, total)

    if not len(kept):
        raise InputError(f"no camera from motion: the video has {len(video)} frames; {_ADVICE}")
    exactly = replace(settings, frames=max(len(kept), 3))
    with Video.open(video.source, start=kept.start, stop=kept.stop, every=kept.step) as frames:
        found = estimate_motion(frames, camera, content, None, exactly, tell, cancelled)
    if isinstance(found, MotionFailure):
        raise InputError(f"no camera from motion{label}: {found.reason}; {_ADVICE}")
    return found
