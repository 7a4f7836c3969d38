"""Distances to an organ looked up in a grid: rough, but hundreds of times faster than a search."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.registration.organ_samples import OrganSamples

_CELLS = 56
_MARGIN = 0.15


class DistanceGrid:
    """The distance and the nearest normal at the cells of a grid around an organ; outside it, those of its border."""

    def __init__(self, samples: OrganSamples) -> None:
        low, high = samples.points.min(axis=0), samples.points.max(axis=0)
        margin = _MARGIN * float(np.linalg.norm(high - low))
        self._low = low - margin
        self._cell = float((high - low + 2 * margin).max()) / _CELLS
        self._shape = np.ceil((high - low + 2 * margin) / self._cell).astype(int) + 1
        axes = [np.arange(size) * self._cell + start for size, start in zip(self._shape, self._low, strict=True)]
        cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        place = samples.nearest(cells)
        self._distance = np.linalg.norm(cells - samples.points[place], axis=1).astype(np.float32)
        self._normal = samples.normals[place].astype(np.float32)

    def distances(self, points: np.ndarray) -> np.ndarray:
        """(...,) millimetres at points (..., 3)."""
        found: np.ndarray = self._distance[self._places(points)]
        return found

    def normals(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) normals of the surface nearest to points (..., 3)."""
        found: np.ndarray = self._normal[self._places(points)]
        return found

    def _places(self, points: np.ndarray) -> np.ndarray:
        index = np.rint((points - self._low) / self._cell).astype(np.int64).clip(0, self._shape - 1)
        places: np.ndarray = (index[..., 0] * self._shape[1] + index[..., 1]) * self._shape[2] + index[..., 2]
        return places
