"""The camera: intrinsics and lens distortion on one pixel grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from EndoDepthLib.errors import CameraError


class DistortionModel(Enum):
    """Lens distortion model, with OpenCV's order of coefficients."""

    NONE = "none"
    BROWN_CONRADY = "brown_conrady"  # k1 k2 p1 p2 [k3 [k4 k5 k6]]: 4, 5 or 8 numbers
    FISHEYE = "fisheye"  # k1 k2 k3 k4 (Kannala-Brandt, cv2.fisheye)


_COEFFICIENT_COUNTS = {
    DistortionModel.NONE: (0,),
    DistortionModel.BROWN_CONRADY: (4, 5, 8),
    DistortionModel.FISHEYE: (4,),
}


@dataclass(frozen=True)
class Camera:
    """Intrinsics in pixels of one pixel grid; pixel centres at integers (OpenCV), x right, y down, z forward.

    A pixel (u, v) covers [u - 0.5, u + 0.5] x [v - 0.5, v + 0.5], so the image spans -0.5 .. width - 0.5.
    `distortion` holds OpenCV coefficients of `distortion_model`. Raises CameraError when a value cannot be a camera.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    distortion_model: DistortionModel = DistortionModel.NONE
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("width", "height"):
            value = getattr(self, name)
            if int(value) != value or value < 1:
                raise CameraError(f"camera {name} is {value!r}; expected a whole number of pixels, at least 1")
        for name in ("fx", "fy", "cx", "cy"):
            if not math.isfinite(getattr(self, name)):
                raise CameraError(f"camera {name} is {getattr(self, name)!r}; expected a finite number of pixels")
        for name in ("fx", "fy"):
            if getattr(self, name) <= 0:
                raise CameraError(f"camera {name} is {getattr(self, name)!r}; expected a focal length above 0 pixels")
        counts = _COEFFICIENT_COUNTS[self.distortion_model]
        if len(self.distortion) not in counts:
            raise CameraError(
                f"camera distortion has {len(self.distortion)} coefficients; the model "
                f"'{self.distortion_model.value}' takes {' or '.join(map(str, counts))}"
            )
        if not all(math.isfinite(c) for c in self.distortion):
            raise CameraError(f"camera distortion is {self.distortion!r}; expected finite numbers")

    @property
    def matrix(self) -> np.ndarray:
        """The intrinsic matrix K, (3, 3) float64, pixels."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def has_distortion(self) -> bool:
        """Whether rays differ from those of a pinhole."""
        return self.distortion_model is not DistortionModel.NONE and any(c != 0.0 for c in self.distortion)

    @classmethod
    def from_fov(cls, fov_deg: float, width: int, height: int) -> Camera:
        """A pinhole with square pixels and this diagonal field of view in degrees (0 < fov < 180).

        The diagonal is what endoscope makers state. Raises CameraError for a field of view outside (0, 180).
        """
        if not math.isfinite(fov_deg) or not 0.0 < fov_deg < 180.0:
            raise CameraError(f"field of view is {fov_deg!r} degrees; expected more than 0 and less than 180")
        focal_px = math.hypot(width, height) / 2.0 / math.tan(math.radians(fov_deg) / 2.0)
        return cls(focal_px, focal_px, (width - 1) / 2.0, (height - 1) / 2.0, width, height)

    def crop(self, x: int, y: int, width: int, height: int) -> Camera:
        """The camera of the window whose first pixel is (x, y)."""
        return replace(self, cx=self.cx - x, cy=self.cy - y, width=width, height=height)

    def resize(self, width: int, height: int) -> Camera:
        """The camera of the whole image resampled to width x height (edges stay on edges, as cv2.resize does)."""
        scale_x, scale_y = width / self.width, height / self.height
        return replace(
            self,
            fx=self.fx * scale_x,
            fy=self.fy * scale_y,
            cx=(self.cx + 0.5) * scale_x - 0.5,
            cy=(self.cy + 0.5) * scale_y - 0.5,
            width=width,
            height=height,
        )

    def pinhole(self) -> Camera:
        """The same intrinsics without lens distortion."""
        return replace(self, distortion_model=DistortionModel.NONE, distortion=())
