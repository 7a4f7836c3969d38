"""A length between two places that is known in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import ScaleError
from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.scaling.depth_error import relative_deviation
from EndoDepthLib.scaling.measurement import Measurement
from EndoDepthLib.values import DepthMap

PICK_ERROR_PX = 1.0
"""Standard deviation of a picked pixel in u and in v."""

_NEAREST_PX = 5.0
_WINDOW = 1  # the depth of a place is the median of 3 x 3 pixels about it
_ALIKE_WITHIN = 0.25  # of the picture's width: over which distance errors of depth stay alike
_SHARED = 0.12  # of the variance: what a network gets wrong it gets wrong alike in many places
_SURFACE_DEVIATION = 0.03  # of a fused surface, which carries no confidence


@dataclass(frozen=True)
class KnownDistance:
    """Two pixels (u, v) of the kept frame at `position`, and the millimetres between what they show."""

    position: int
    first: tuple[float, float]
    second: tuple[float, float]
    length_mm: float


def measure_distance(known: KnownDistance, depth: DepthMap) -> Measurement:
    """The scale that a known distance gives to the depth of its frame.

    Its error comes from the depths at both ends, as their confidence tells, whose errors are the more alike the closer
    the ends are, and from picking. Raises ScaleError for a length that is not above 0, and for ends that are outside
    the picture, without depth, or closer than 5 pixels.
    """
    _check(known, depth)
    ends = np.array([known.first, known.second], np.float64)
    places = _places(depth, ends)
    if not np.all(np.isfinite(places)):
        missing = known.first if np.isnan(places[0]).any() else known.second
        raise ScaleError(
            f"frame {known.position} has no depth at pixel {missing[0]:g} {missing[1]:g}; pick another place"
        )
    between = places[0] - places[1]
    length = float(np.linalg.norm(between))
    shares = np.array([between @ places[0], -(between @ places[1])]) / length**2
    columns, rows = np.rint(ends).astype(int).T
    deviations = relative_deviation(depth.confidence[rows, columns]) * shares
    apart = np.hypot(*(ends[0] - ends[1])) / (_ALIKE_WITHIN * depth.camera.width)
    alike = float(np.exp(-apart))
    variance = float(deviations @ deviations + 2.0 * alike * deviations[0] * deviations[1])
    variance = max(variance, 0.0)
    own = np.sqrt((1.0 - _SHARED) * variance + _picking_variance(depth, ends, length))
    return Measurement(known.length_mm / length, float(own), float(np.sqrt(_SHARED * variance)), known.position)


def measure_vertices(first: np.ndarray, second: np.ndarray, length_mm: float) -> Measurement:
    """The scale that a known distance between two places (3,) of a fused surface gives. Raises ScaleError."""
    length = float(np.linalg.norm(np.asarray(first, np.float64) - np.asarray(second, np.float64)))
    if not length_mm > 0.0 or not length > 0.0:
        raise ScaleError(f"the distance is {length_mm:g} mm over {length:g} units; expected both above 0")
    return Measurement(length_mm / length, _SURFACE_DEVIATION)


def _check(known: KnownDistance, depth: DepthMap) -> None:
    if not 0.0 < known.length_mm < np.inf:
        raise ScaleError(f"the known distance is {known.length_mm:g} mm; expected a length above 0")
    width, height = depth.camera.width, depth.camera.height
    for u, v in (known.first, known.second):
        if not (-0.5 <= u < width - 0.5 and -0.5 <= v < height - 0.5):
            raise ScaleError(f"pixel {u:g} {v:g} is outside the picture of {width} x {height}; pick places inside it")
    apart = np.hypot(known.first[0] - known.second[0], known.first[1] - known.second[1])
    if apart < _NEAREST_PX:
        raise ScaleError(
            f"the two pixels are {apart:.1f} px apart, too close; pick places at least {_NEAREST_PX:g} px apart"
        )


def _places(depth: DepthMap, pixels: np.ndarray) -> np.ndarray:
    """(N, 3) what pixels (N, 2) show, in camera axes; NaN without depth."""
    around = np.full(len(pixels), np.nan)
    height, width = depth.depth.shape
    for number, (u, v) in enumerate(np.rint(pixels).astype(int)):
        u, v = min(max(u, 0), width - 1), min(max(v, 0), height - 1)
        if np.isfinite(depth.depth[v, u]):
            window = depth.depth[max(v - _WINDOW, 0) : v + _WINDOW + 1, max(u - _WINDOW, 0) : u + _WINDOW + 1]
            around[number] = np.nanmedian(window)
    return pixel_rays(depth.camera, pixels) * around[:, None]


def _picking_variance(depth: DepthMap, ends: np.ndarray, length: float) -> float:
    """Of the length's logarithm, from picking a pixel beside the one that was meant."""
    total = 0.0
    for end in range(2):
        for axis in range(2):
            lengths = []
            for side in (-1.0, 1.0):
                moved = ends.copy()
                moved[end, axis] += side * PICK_ERROR_PX
                places = _places(depth, moved)
                lengths.append(float(np.linalg.norm(places[0] - places[1])))
            change = np.abs(np.array(lengths) - length) / length
            total += float(np.nanmean(change)) ** 2 if np.isfinite(change).any() else 0.01
    return total
