"""Scaramuzza's omnidirectional camera, which C3VD is calibrated with, as the fisheye camera we compute with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera, DistortionModel

_NAMES = ("width", "height", "cx", "cy", "a0", "a1", "a2", "a3", "a4")


@dataclass(frozen=True)
class OmnidirectionalCamera:
    """Scaramuzza et al. 2006: the ray of the pixel at radius r from (cx, cy) is (x, y, a0 + a1 r + ... + a4 r^4).

    The affine part (c, d, e), a turn and shear of 0.2 degrees in C3VD, is left out: no camera here has it.
    """

    width: int
    height: int
    cx: float
    cy: float
    polynomial: tuple[float, float, float, float, float]

    def angles(self, radius_px: np.ndarray) -> np.ndarray:
        """Angle in radians between the optical axis and the rays at these radii."""
        along = sum(factor * radius_px**power for power, factor in enumerate(self.polynomial))
        return np.arctan2(radius_px, along)

    def fisheye(self) -> Camera:
        """The Kannala-Brandt camera with the same rays: r = f (t + k1 t^3 + k2 t^5 + k3 t^7 + k4 t^9), least squares.

        Raises InputError when the angle does not grow with the radius: then the polynomial is no lens.
        """
        farthest = np.hypot(max(self.cx, self.width - self.cx), max(self.cy, self.height - self.cy))
        radius = np.linspace(0, farthest, 400)[1:]
        angle = self.angles(radius)
        if not (np.diff(angle) > 0).all():
            raise InputError(f"polynomial {self.polynomial} of the omnidirectional camera is no lens: rays turn back")
        ahead = angle < np.radians(85)  # beyond, depth along the axis means nothing
        powers = angle[ahead, None] ** np.array([1, 3, 5, 7, 9])
        factors = np.linalg.lstsq(powers, radius[ahead], rcond=None)[0]
        focal = float(factors[0])
        k1, k2, k3, k4 = (float(value) / focal for value in factors[1:])
        return Camera(
            focal, focal, self.cx, self.cy, self.width, self.height, DistortionModel.FISHEYE, (k1, k2, k3, k4)
        )


def read_omnidirectional(path: Path) -> OmnidirectionalCamera:
    """The camera of a text file of names and numbers ("cx 678.5", "cx = 678.5", "cx: 678.5"). Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    number = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    found = {name: float(value) for name, value in re.findall(rf"\b(\w+)\b\W*?[\s:=,\"']({number})", text)}
    missing = [name for name in _NAMES if name not in found and name != "a1"]
    if missing:
        raise InputError(f"'{path}' lacks {', '.join(missing)}; expected the omnidirectional intrinsics of C3VD")
    a0, a1, a2, a3, a4 = (found.get(name, 0.0) for name in _NAMES[4:])
    return OmnidirectionalCamera(
        int(found["width"]), int(found["height"]), found["cx"], found["cy"], (a0, a1, a2, a3, a4)
    )
