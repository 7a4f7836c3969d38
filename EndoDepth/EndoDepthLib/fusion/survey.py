"""How large voxels can be and how much frames disagree, measured on a few frames before fusion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.fusion.observation import Observation
from EndoDepthLib.fusion.settings import FusionSettings
from EndoDepthLib.geometry import camera_rays, project

_FRAMES = 12
_SURFACE_VOXELS = 100_000
_TRUNCATION_VOXELS = 4.0
_TRUNCATION_NOISE = 3.0
_TRUNCATION_DEPTH = 0.06
_TRUNCATION_MOST_VOXELS = 10.0


@dataclass(frozen=True)
class Survey:
    """What a few frames say of all: median depth, width of a pixel on the surface and area that one frame sees, in the
    unit of the poses, and the median share of the depth by which frames disagree about the same place."""

    typical_depth: float
    footprint: float
    area: float
    disagreement: float

    def voxel(self, settings: FusionSettings) -> float:
        """The side of a voxel: what was asked, else the width of a pixel, or what makes 100,000 of a frame's surface.

        It is no finer than a tenth of the truncation: where frames disagree more, there is nothing finer to find.
        """
        if settings.voxel is not None:
            return settings.voxel
        fine = max(self.footprint, (self.area / _SURFACE_VOXELS) ** 0.5)
        return max(fine, self._band(settings) / _TRUNCATION_MOST_VOXELS)

    def truncation(self, settings: FusionSettings, voxel: float) -> float:
        """How far distances are kept: what was asked, else a few voxels, or as much as frames disagree."""
        return settings.truncation or max(_TRUNCATION_VOXELS * voxel, self._band(settings))

    def _band(self, settings: FusionSettings) -> float:
        if settings.truncation is not None:
            return settings.truncation
        return min(_TRUNCATION_NOISE * self.disagreement, _TRUNCATION_DEPTH) * self.typical_depth


def survey(count: int, observe: Callable[[int], tuple[Observation, np.ndarray]]) -> Survey:
    """Look at a few of `count` frames; observe gives a frame's observation and its world_from_camera (4, 4).

    Each is compared with the one after it of those looked at. Raises InputError when they hold no depth.
    """
    chosen = np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).round().astype(int))
    depths, footprints, areas, disagreements = [], [], [], []
    before: tuple[Observation, np.ndarray] | None = None
    for number in chosen.tolist():
        now = observe(number)
        seen = now[0]
        used = seen.weight > 0
        if not used.any():
            continue
        depths.append(float(np.median(seen.depth[used])))
        footprints.append(depths[-1] / seen.camera.fx)
        areas.append(_area(seen))
        if before is not None:
            disagreements += _disagreement(*before, *now)
        before = now
    if not depths:
        raise InputError("none of the frames looked at holds depth that could be fused; check the results folder")
    typical = float(np.median(depths))
    disagreement = float(np.median(disagreements)) if disagreements else 0.0
    return Survey(typical, float(np.median(footprints)), float(np.median(areas)), disagreement)


def _area(seen: Observation) -> float:
    """Of the surface that a frame sees: each pixel's share of the plane at its depth, over the cosine of its slant."""
    used = seen.weight > 0
    depth, across = seen.depth[used].astype(np.float64), seen.across[used]
    return float((depth**2 / np.maximum(across, 0.1)).sum()) / (seen.camera.fx * seen.camera.fy)


def _disagreement(
    first: Observation, first_pose: np.ndarray, second: Observation, second_pose: np.ndarray
) -> list[float]:
    """[median |depth seen - depth expected| / depth] of what two frames both see; [] when that is little."""
    used = (first.weight > 0)[::3, ::3]
    points = (camera_rays(first.camera)[::3, ::3] * first.depth[::3, ::3, None])[used]
    second_from_first = np.linalg.inv(second_pose) @ first_pose
    points = points @ second_from_first[:3, :3].T + second_from_first[:3, 3]
    pixels = project(second.camera, points)
    height, width = second.depth.shape
    with np.errstate(invalid="ignore"):
        inside = (pixels >= 0).all(axis=1) & (pixels[:, 0] <= width - 1) & (pixels[:, 1] <= height - 1)
    columns, rows = np.rint(pixels[inside]).astype(np.intp).T
    weight, z = second.weight[rows, columns], points[inside, 2]
    off = np.abs(second.depth[rows, columns] - z)[weight > 0] / z[weight > 0]
    off = off[off < 0.2]  # farther off it is another surface that hides the first
    return [float(np.median(off))] if len(off) >= 100 else []
