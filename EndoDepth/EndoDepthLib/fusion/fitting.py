"""Whether a frame fits the surface of the frames before it: tissue that deformed is left out, never smeared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.fusion.observation import Observation
from EndoDepthLib.fusion.settings import BLOCK_SIDE, BLOCK_VOXELS
from EndoDepthLib.fusion.volume import TsdfVolume
from EndoDepthLib.geometry import project

_FEW = 40
_CELL_PX = 8
_FAR_SHARE = 0.3
"""A frame is left out when more than this share of what it shares with the surface lies beyond the truncation."""


@dataclass(frozen=True)
class Fit:
    """How a frame agrees with the surface so far.

    compared: places of the surface that it sees; median: median |distance| there in the unit of the poses; far: share
    (0..1) of them beyond the truncation. Without enough places (a new region) nothing is said.
    """

    compared: int = 0
    median: float = 0.0
    far: float = 0.0

    @property
    def deformed(self) -> bool:
        """Whether too much of it lies elsewhere to be the same surface."""
        return self.compared >= _FEW and self.far > _FAR_SHARE


class SurfacePlaces:
    """One place on the surface for each block that the surface crosses, kept up to date block by block."""

    def __init__(self) -> None:
        self._place = np.zeros((0, 3))
        self._there = np.zeros(0, bool)

    def update(self, volume: TsdfVolume, rows: np.ndarray) -> None:
        """Take the places of these blocks anew: the mean of the voxels that the surface passes."""
        missing = len(volume.index) - len(self._there)
        if missing > 0:
            self._place = np.concatenate([self._place, np.zeros((missing, 3))])
            self._there = np.concatenate([self._there, np.zeros(missing, bool)])
        close = 1.0 - np.abs(volume.distance[rows]) / volume.voxel
        share = np.where((close > 0) & (volume.weight[rows] > 0), close, 0.0)
        total = share.sum(axis=1)
        self._there[rows] = total > 0.5 * BLOCK_SIDE
        middle = (share @ _VOXELS) / np.maximum(total, 1e-9)[:, None]
        self._place[rows] = (volume.index.coordinates[rows] * BLOCK_SIDE + middle) * volume.voxel

    def compare(self, seen: Observation, world_from_camera: np.ndarray, truncation: float, block: float) -> Fit:
        """Measure a frame at its pose against these places; block is the side of one, in the unit of the poses."""
        camera_from_world = np.linalg.inv(world_from_camera)
        points = self._place[self._there] @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
        points = points[points[:, 2] > 0]
        pixels = project(seen.camera, points)
        width, height = seen.camera.width, seen.camera.height
        with np.errstate(invalid="ignore"):
            inside = (pixels >= -0.5).all(axis=1) & (pixels[:, 0] < width - 0.5) & (pixels[:, 1] < height - 0.5)
        points, pixels = points[inside], pixels[inside]
        # A place behind another one is hidden, whatever the frame says.
        cells = (pixels + 0.5).astype(np.intp) // _CELL_PX
        cell = cells[:, 1] * (width // _CELL_PX + 1) + cells[:, 0]
        nearest = np.full((width // _CELL_PX + 1) * (height // _CELL_PX + 1), np.inf)
        np.minimum.at(nearest, cell, points[:, 2])
        columns, rows = np.rint(pixels).astype(np.intp).T
        told = (points[:, 2] <= nearest[cell] + block) & (seen.weight[rows, columns] > 0)
        if told.sum() < _FEW:
            return Fit()
        rows, columns = rows[told], columns[told]
        step = np.abs((seen.depth[rows, columns] - points[told, 2]) * seen.across[rows, columns])
        return Fit(int(told.sum()), float(np.median(step)), float((step > truncation).mean()))


_VOXELS = np.stack(np.unravel_index(np.arange(BLOCK_VOXELS), (BLOCK_SIDE,) * 3), axis=1).astype(np.float64)
