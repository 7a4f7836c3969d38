"""Triangles of the zero level of the distance: VTK's flying edges over regions of blocks, joined at their seams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.fusion.blocks import block_keys
from EndoDepthLib.fusion.settings import BLOCK_SIDE
from EndoDepthLib.fusion.volume import TsdfVolume

_REGION = 6  # blocks along the side of a region: its samples take some megabytes
_SNAP = 0.25


@dataclass(frozen=True)
class RawMesh:
    """Vertices (N, 3) float64 in the unit of the volume; triangles (M, 3) int64; color (N, 3) float32 0..255; labels
    (N,) uint8; weight (N,) float32."""

    vertices: np.ndarray
    triangles: np.ndarray
    color: np.ndarray
    labels: np.ndarray
    weight: np.ndarray


def extract(volume: TsdfVolume, min_weight: float) -> RawMesh:
    """The surface of all cells whose eight voxels weigh at least min_weight.

    Vertices nearer than a quarter voxel to the same voxel are joined at their mean (after Raman and Wenger, "Quality
    isosurface mesh generation using an extended marching cubes lookup table", CGF 2008): most needles of marching
    cubes stand there. Triangles turn counter-clockwise seen from where the surface was seen.
    """
    count = len(volume.index)
    regions, of_block = np.unique(volume.index.coordinates[:count] // _REGION, axis=0, return_inverse=True)
    order = np.argsort(of_block, kind="stable")
    starts = np.searchsorted(of_block[order], np.arange(len(regions) + 1))
    keys, places, parts, total = [], [], [], 0
    for number, region in enumerate(regions):
        if starts[number] == starts[number + 1]:
            continue
        found = _march(_Samples.gather(volume, region), min_weight)
        if found is None:
            continue
        corner = region * _REGION * BLOCK_SIDE
        points, triangles = found
        keys.append(_snapped(points) + corner * 4)
        places.append(points + corner)
        parts.append(triangles + total)
        total += len(points)
    if not parts:
        return _empty()
    return _joined(volume, np.concatenate(keys), np.concatenate(places), np.concatenate(parts))


@dataclass(frozen=True)
class _Samples:
    """distance and weight (S, S, S) float32 of a region, S = voxels of its side + 1; weight 0 where there is no block.
    The last layer is the first one of the next region."""

    distance: np.ndarray
    weight: np.ndarray

    @classmethod
    def gather(cls, volume: TsdfVolume, region: np.ndarray) -> _Samples:
        side = _REGION * BLOCK_SIDE
        distance = np.zeros((side + BLOCK_SIDE,) * 3, np.float32)
        weight = np.zeros_like(distance)
        steps = np.stack(np.meshgrid(*[np.arange(_REGION + 1)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        rows = volume.index.find(region * _REGION + steps)
        for step, row in zip(steps[rows >= 0] * BLOCK_SIDE, rows[rows >= 0], strict=True):
            where = tuple(slice(begin, begin + BLOCK_SIDE) for begin in step)
            distance[where] = volume.distance[row].reshape((BLOCK_SIDE,) * 3)
            weight[where] = volume.weight[row].reshape((BLOCK_SIDE,) * 3)
        kept = (slice(0, side + 1),) * 3
        return cls(distance[kept], weight[kept])


def _march(samples: _Samples, min_weight: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Points (N, 3) float64 in voxels of the region and triangles (M, 3) of its known cells; None without any."""
    known = samples.weight >= min_weight
    cells = known[:-1] & known[1:]
    cells = cells[:, :-1] & cells[:, 1:]
    cells = cells[:, :, :-1] & cells[:, :, 1:]
    if not cells.any():
        return None
    distance = np.where(known, samples.distance, np.float32(1.0))
    if not ((distance < 0) & known).any():
        return None
    points, triangles = _flying_edges(distance)
    if not len(triangles):
        return None
    middle = points[triangles].mean(axis=1)
    cell = np.clip(np.floor(middle).astype(np.intp), 0, np.array(cells.shape) - 1)
    triangles = triangles[cells[cell[:, 0], cell[:, 1], cell[:, 2]]]
    # Vertices between known and unknown voxels are no surface, and must not be joined with those that are.
    used, triangles = np.unique(triangles, return_inverse=True)
    return (points[used], triangles.reshape(-1, 3)) if len(used) else None


def _flying_edges(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    image = vtkImageData()
    image.SetDimensions(*distance.shape)
    values = np.ascontiguousarray(distance.transpose(2, 1, 0)).ravel()  # VTK's first axis runs fastest
    image.GetPointData().SetScalars(numpy_to_vtk(values))
    filter_ = vtkFlyingEdges3D()
    filter_.SetInputData(image)
    filter_.SetValue(0, 0.0)
    filter_.ComputeNormalsOff()
    filter_.ComputeGradientsOff()
    filter_.ComputeScalarsOff()
    filter_.Update()
    mesh = filter_.GetOutput()
    if not mesh.GetNumberOfPolys():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    points = vtk_to_numpy(mesh.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return points, triangles[:, ::-1]  # VTK has them turn the other way


def _snapped(points: np.ndarray) -> np.ndarray:
    """(N, 3) int64, four times the position: whole voxels where a vertex is near one, else the middle of its edge.

    A vertex lies on an edge of the grid: two of its coordinates are whole numbers. What has the same key is one vertex.
    """
    whole = np.rint(points)
    on_edge = np.abs(points - whole) > _SNAP
    key = np.where(on_edge, 4 * np.floor(points) + 2, 4 * whole)
    return np.asarray(key.astype(np.int64))


def _joined(volume: TsdfVolume, keys: np.ndarray, places: np.ndarray, triangles: np.ndarray) -> RawMesh:
    """One vertex for each key, at the mean of its places; triangles that lost a corner vanish."""
    low = keys.min(axis=0)
    span = keys.max(axis=0) - low + 1
    flat = ((keys[:, 0] - low[0]) * span[1] + keys[:, 1] - low[1]) * span[2] + keys[:, 2] - low[2]
    _, first, same = np.unique(flat, return_index=True, return_inverse=True)
    counts = np.bincount(same)
    vertices = np.stack([np.bincount(same, places[:, axis]) / counts for axis in range(3)], axis=1)
    triangles = same[triangles]
    a, b, c = triangles.T
    triangles = triangles[(a != b) & (b != c) & (c != a)]
    # Two triangles over the same corners are the two sides of a fold that joining has closed.
    _, kept, times = np.unique(np.sort(triangles, axis=1), axis=0, return_index=True, return_counts=True)
    triangles = triangles[np.sort(kept[times % 2 == 1])]
    color, labels, weight = _values_at(volume, vertices)
    return RawMesh(vertices * volume.voxel, triangles, color, labels, weight)


def _values_at(volume: TsdfVolume, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour, label and weight at places in voxels, from the eight voxels around, by their nearness and weight."""
    base = np.floor(vertices).astype(np.int64)
    rest = vertices - base
    color, shares = np.zeros((len(vertices), 3)), np.zeros(len(vertices))
    weight, nearness = np.zeros(len(vertices)), np.zeros(len(vertices))
    label, most = np.zeros(len(vertices), np.uint8), np.full(len(vertices), -1.0)
    for corner in np.ndindex(2, 2, 2):
        step = np.array(corner)
        near = np.prod(np.where(step, rest, 1 - rest), axis=1)
        voxel = base + step
        block, inner = np.divmod(voxel, BLOCK_SIDE)
        row = _rows_of(volume, block)
        place = np.maximum(row, 0), (inner[:, 0] * BLOCK_SIDE + inner[:, 1]) * BLOCK_SIDE + inner[:, 2]
        there = row >= 0
        share = np.where(there & (volume.color_weight[place] > 0), near + 1e-6, 0.0)
        color += share[:, None] * volume.color[place]
        shares += share
        known = np.where(there & (volume.weight[place] > 0), near, 0.0)
        weight += known * volume.weight[place]
        nearness += known
        backing = share * volume.support[place]
        better = backing > most
        label, most = np.where(better, volume.label[place], label), np.maximum(backing, most)
    color /= np.maximum(shares, 1e-12)[:, None]
    weight /= np.maximum(nearness, 1e-12)
    return color.astype(np.float32), label, weight.astype(np.float32)


def _rows_of(volume: TsdfVolume, blocks: np.ndarray) -> np.ndarray:
    # Many vertices share a block, and looking one up costs a search.
    _, first, same = np.unique(block_keys(blocks), return_index=True, return_inverse=True)
    return np.asarray(volume.index.find(blocks[first])[same])


def _empty() -> RawMesh:
    nothing = np.zeros((0, 3))
    return RawMesh(
        nothing, np.zeros((0, 3), np.int64), nothing.astype(np.float32), np.zeros(0, np.uint8), np.zeros(0, np.float32)
    )
