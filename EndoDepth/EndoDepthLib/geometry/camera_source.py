"""Which camera is used, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from EndoDepthLib.errors import CameraError
from EndoDepthLib.geometry.camera_file import load_camera
from EndoDepthLib.values import Camera

DEFAULT_FOV_DEG = 90.0
"""Diagonal field of view assumed of an unknown endoscope: between rigid scopes (about 70 to 85 degrees) and flexible
ones (about 120 to 140 degrees); it decides the shape's width against its depth, so results say when it was guessed."""


class CameraSource(Enum):
    """Where the camera in use comes from."""

    FILE = "file"
    FOV = "fov"
    GUESSED = "guessed"


@dataclass(frozen=True)
class SourcedCamera:
    """A camera, its source, and the sentence that reports say about it (a warning when it was guessed)."""

    camera: Camera
    source: CameraSource
    description: str

    @property
    def warning(self) -> str | None:
        """What to tell the user when the camera was guessed, else None."""
        return self.description if self.source is CameraSource.GUESSED else None


def default_camera(width: int, height: int) -> Camera:
    """The pinhole of DEFAULT_FOV_DEG for an image of this size in pixels; to be used with a warning."""
    return Camera.from_fov(DEFAULT_FOV_DEG, width, height)


def choose_camera(
    width: int, height: int, path: str | Path | None = None, fov_deg: float | None = None
) -> SourcedCamera:
    """The camera for a video of this size: from a file, from a diagonal field of view in degrees, or guessed.

    Raises CameraError for both at once, an unusable file or a field of view outside (0, 180).
    """
    if path is not None and fov_deg is not None:
        raise CameraError("both a camera file and a field of view were given; expected one of them")
    if path is not None:
        camera = load_camera(path, width, height)
        return SourcedCamera(camera, CameraSource.FILE, f"camera from {Path(path).name}")
    if fov_deg is not None:
        camera = Camera.from_fov(fov_deg, width, height)
        return SourcedCamera(camera, CameraSource.FOV, f"camera from a diagonal field of view of {fov_deg:g} degrees")
    return SourcedCamera(
        default_camera(width, height),
        CameraSource.GUESSED,
        f"camera guessed: diagonal field of view {DEFAULT_FOV_DEG:g} degrees, no lens distortion; "
        "shapes may be stretched along the view; give a camera file or a field of view to be exact",
    )
