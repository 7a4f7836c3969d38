"""How structure from motion is run."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.errors import SettingsError


@dataclass(frozen=True)
class MotionSettings:
    """What of a video goes into structure from motion, and what counts as success.

    frames: about so many are kept, evenly spaced; features: SIFT features a frame at most; longest_side_px: larger
    pictures are reduced for finding features; initial_angle_deg: least triangulation angle of the first pair
    (endoscopes move little, so COLMAP's 16 would refuse most); focal_widths: first guess of the focal length of an
    unknown camera, in picture widths. least_frames, least_share, least_points, least_angle_deg: fewer registered
    frames, a smaller share of those given, fewer points, or a smaller median triangulation angle is a failure.
    threads: 0 = all cores.
    """

    frames: int = 60
    features: int = 5000
    longest_side_px: int = 1600
    initial_angle_deg: float = 6.0
    focal_widths: float = 1.2
    least_frames: int = 8
    least_share: float = 0.5
    least_points: int = 200
    least_angle_deg: float = 1.5
    seed: int = 0
    threads: int = 0

    def __post_init__(self) -> None:
        for name, least in (("frames", 3), ("features", 100), ("longest_side_px", 64), ("least_frames", 3)):
            if getattr(self, name) < least:
                raise SettingsError(
                    f"{name} of structure from motion is {getattr(self, name)}; expected {least} or more"
                )
        if self.threads < 0:
            raise SettingsError(f"threads is {self.threads}; expected 0 (all cores) or more")

    def every(self, frame_count: int) -> int:
        """Keep every so many-th frame of a video of this length."""
        return max(1, round(frame_count / self.frames))
