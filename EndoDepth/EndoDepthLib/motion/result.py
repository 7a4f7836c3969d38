"""What structure from motion gives: a camera, its path and sparse points, or the reason why it gives nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera, Trajectory


@dataclass(frozen=True)
class SparsePoints:
    """P points and their M observations, everything up to one common scale.

    xyz (P, 3) float64, world; point (M,) int: which point is observed; frame (M,) int: number of the frame in the
    video; pixel (M, 2) float64 (u, v), centres at integers; error_px (M,) float64: distance to the projected point.
    Raises InputError when they disagree.
    """

    xyz: np.ndarray
    point: np.ndarray
    frame: np.ndarray
    pixel: np.ndarray
    error_px: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.point)
        if self.xyz.shape != (len(self.xyz), 3) or self.pixel.shape != (count, 2):
            raise InputError(f"points are {self.xyz.shape}, their pixels {self.pixel.shape}; expected (P, 3), (M, 2)")
        if self.frame.shape != (count,) or self.error_px.shape != (count,):
            raise InputError(f"{count} observations have {len(self.frame)} frames and {len(self.error_px)} errors")
        if count and not 0 <= int(self.point.min()) <= int(self.point.max()) < len(self.xyz):
            raise InputError(f"an observation names a point outside 0..{len(self.xyz) - 1}")

    @property
    def track_lengths(self) -> np.ndarray:
        """(P,) int: in how many frames each point is observed."""
        return np.bincount(self.point, minlength=len(self.xyz))

    def part(self, chosen: np.ndarray) -> SparsePoints:
        """Only the observations chosen by a mask (M,) bool; the points keep their numbers."""
        return SparsePoints(self.xyz, self.point[chosen], self.frame[chosen], self.pixel[chosen], self.error_px[chosen])


@dataclass(frozen=True)
class Motion:
    """Structure from motion of a video.

    camera: of the decoded pixels; camera_is_refined: its focal length and distortion come from the video itself.
    trajectory: world_from_camera of every registered frame, numbered as in the video, up to the scale of `points`.
    frames_given: how many frames were tried. median_angle_deg: median over the points of the widest angle under which a
    point is seen.
    """

    camera: Camera
    camera_is_refined: bool
    trajectory: Trajectory
    points: SparsePoints
    frames_given: int
    median_angle_deg: float

    def depths(self) -> np.ndarray:
        """(M,) float64 z-depth of every observation in its own frame."""
        row = {int(index): position for position, index in enumerate(self.trajectory.frame_indices)}
        rows = np.array([row[int(frame)] for frame in self.points.frame], dtype=np.int64)
        poses = self.trajectory.world_from_camera[rows]
        offset = self.points.xyz[self.points.point] - poses[:, :3, 3]
        return np.einsum("mi,mi->m", poses[:, :3, 2], offset)

    @property
    def mean_error_px(self) -> float:
        """Mean reprojection error."""
        return float(self.points.error_px.mean())

    def summary(self) -> str:
        """The main figures on one line."""
        registered, points = len(self.trajectory.frame_indices), len(self.points.xyz)
        track = len(self.points.point) / points
        return (
            f"{registered} of {self.frames_given} frames, {points} points, mean track {track:.1f}, "
            f"reprojection error {self.mean_error_px:.2f} px, focal length {self.camera.fx:.0f} px, "
            f"median triangulation angle {self.median_angle_deg:.1f} degrees"
        )


class MotionProblem(Enum):
    """Why a video gives no structure from motion."""

    MISSING_PACKAGE = "missing package"
    TOO_SHORT = "too short"
    STATIC = "static"
    NOTHING_TO_FOLLOW = "nothing to follow"
    NO_INITIAL_PAIR = "no initial pair"
    FEW_FRAMES = "few frames registered"
    FEW_POINTS = "few points"
    LITTLE_PARALLAX = "little parallax"
    ENGINE_FAILED = "engine failed"


@dataclass(frozen=True)
class MotionFailure:
    """A problem and one sentence that says it with its figures; a value, since callers have other ways to go on."""

    problem: MotionProblem
    reason: str
