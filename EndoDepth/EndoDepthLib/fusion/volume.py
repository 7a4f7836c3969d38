"""A truncated signed distance in blocks of voxels that exist only near surfaces."""

from __future__ import annotations

import math

import numpy as np

from EndoDepthLib.fusion.blocks import BlockIndex
from EndoDepthLib.fusion.observation import Observation
from EndoDepthLib.fusion.projecting import project_voxels
from EndoDepthLib.fusion.settings import BLOCK_SIDE, BLOCK_VOXELS
from EndoDepthLib.geometry import camera_rays

_CHUNK = 96  # blocks at a time: the temporaries stay inside the processor's cache
_COLOR_BAND = 1.5  # voxels: colour is of the surface, not of what lies before and behind it
_COLOR_SHARE = 0.75  # of the truncation: where frames disagree, their mean may lie on none of them
_FIRST_CAPACITY = 1024


class TsdfVolume:
    """Voxels around the surfaces that were seen; lengths in the unit of the poses.

    Curless and Levoy, "A volumetric method for building complex models from range images", SIGGRAPH 1996; blocks as
    Niessner et al., "Real-time 3D reconstruction at scale using voxel hashing", TOG 2013. The distance of a voxel is
    that from the plane of the pixel it falls on (depth step times normal), so that views from several sides agree. A
    label is the winner of a weighted vote (Boyer and Moore's, 1981: right whenever one has the majority; one byte and
    one count, however many structures there are). Memory follows the surface seen, not the number of frames.
    """

    def __init__(self, voxel: float, truncation: float, max_blocks: int) -> None:
        self.voxel, self.truncation = float(voxel), float(truncation)
        self.index = BlockIndex(max_blocks)
        self._capacity = 0
        self._grow(_FIRST_CAPACITY)
        self.frames = 0

    @property
    def memory_bytes(self) -> int:
        """What the voxels take."""
        arrays = (self.distance, self.weight, self.color, self.color_weight, self.label, self.support)
        return sum(array.nbytes for array in arrays)

    def integrate(self, seen: Observation, world_from_camera: np.ndarray) -> np.ndarray:
        """Take in a frame at its pose (4, 4); returns the rows of the blocks that it touched.

        Raises TooManyBlocks when the surface needs more blocks than allowed.
        """
        rows = self.index.add(self._blocks_around(seen, world_from_camera))
        self._grow(len(self.index))
        camera_from_world = np.linalg.inv(world_from_camera)
        for start in range(0, len(rows), _CHUNK):
            self._integrate_blocks(rows[start : start + _CHUNK], seen, camera_from_world)
        self.frames += 1
        return rows

    def voxel_centres(self, rows: np.ndarray) -> np.ndarray:
        """(N, BLOCK_VOXELS, 3) float64 world positions of the voxels of blocks; x varies slowest, z fastest."""
        origins = self.index.coordinates[rows] * BLOCK_SIDE
        centres: np.ndarray = (origins[:, None, :] + _OFFSETS[None]) * self.voxel
        return centres

    def _blocks_around(self, seen: Observation, world_from_camera: np.ndarray) -> np.ndarray:
        """Coordinates of the blocks within the truncation of a surface point, with repetitions."""
        used = seen.weight > 0
        footprint = float(np.median(seen.depth[used])) / seen.camera.fx if used.any() else self.voxel
        step = max(1, int(self.voxel / footprint))
        grid = (slice(None, None, step), slice(None, None, step))
        chosen = used[grid]
        rays = camera_rays(seen.camera)[grid][chosen]
        depth = seen.depth[grid][chosen].astype(np.float64)[:, None]
        points = rays * depth
        reach = self.truncation * rays / np.linalg.norm(rays, axis=1, keepdims=True)
        size = BLOCK_SIDE * self.voxel
        steps = max(1, math.ceil(self.truncation / (0.5 * size)))
        along = [points + share * reach for share in np.linspace(-1, 1, 2 * steps + 1)]
        # The cell that a surface point lies in needs all its corners, also those in a block that no ray meets.
        corners = [points[::2] @ world_from_camera[:3, :3].T + self.voxel * corner for corner in _CORNERS]
        world = [part @ world_from_camera[:3, :3].T for part in along] + corners
        blocks = np.floor((np.concatenate(world) + world_from_camera[:3, 3]) / size + _HALF_VOXEL)
        coordinates: np.ndarray = blocks.astype(np.int64)
        return coordinates

    def _integrate_blocks(self, rows: np.ndarray, seen: Observation, camera_from_world: np.ndarray) -> None:
        pixels, z, inside = project_voxels(
            seen.camera, camera_from_world, self.index.coordinates[rows] * BLOCK_SIDE, _OFFSETS, self.voxel
        )
        nearest = np.rint(pixels).astype(np.intp)
        flat_pixel = nearest[1] * seen.camera.width + nearest[0]
        weight = np.take(seen.weight.ravel(), flat_pixel)
        # Behind the truncation a voxel is hidden: the frame says nothing of it.
        step = (np.take(seen.depth.ravel(), flat_pixel) - z) * np.take(seen.across.ravel(), flat_pixel)
        with np.errstate(invalid="ignore"):
            told = np.flatnonzero(inside & (weight > 0) & (step > -self.truncation))
        if not len(told):
            return
        pixels, z, flat_pixel, weight = pixels[:, told], z[told], flat_pixel[told], weight[told]
        depth = _between_pixels(seen.depth, pixels, flat_pixel)
        step = (depth - z) * np.take(seen.across.ravel(), flat_pixel)
        behind = np.clip(1.0 + step / self.truncation, 0.0, 1.0)  # trust ends where the back of an organ could be
        added = weight * behind
        distance = np.clip(step, -self.truncation, self.truncation)
        place = (rows[told // BLOCK_VOXELS] * BLOCK_VOXELS + told % BLOCK_VOXELS).astype(np.intp)
        _average(self.distance, self.weight, place, distance, added)
        near = np.flatnonzero(np.abs(step) < max(_COLOR_BAND * self.voxel, _COLOR_SHARE * self.truncation))
        if len(near):
            self._color_and_vote(place[near], flat_pixel[near], added[near], seen)

    def _color_and_vote(self, place: np.ndarray, pixel: np.ndarray, added: np.ndarray, seen: Observation) -> None:
        before = self.color_weight.ravel()[place]
        total = before + added
        share = (added / np.maximum(total, 1e-12))[:, None]
        colors = self.color.reshape(-1, 3)
        old = colors[place]
        colors[place] = old + share * (np.take(seen.color.reshape(-1, 3), pixel, axis=0) - old)
        self.color_weight.ravel()[place] = total
        labels, support = self.label.ravel(), self.support.ravel()
        vote, held, backing = np.take(seen.labels.ravel(), pixel), labels[place], support[place]
        left = np.where(vote == held, backing + added, backing - added)
        labels[place] = np.where(left < 0, vote, held)
        support[place] = np.abs(left)

    def _grow(self, needed: int) -> None:
        if needed <= self._capacity:
            return
        capacity = max(needed, min(2 * self._capacity, self._capacity + 20_000), _FIRST_CAPACITY)
        for name, (shape, kind, fill) in _ARRAYS.items():
            grown = np.full((capacity, *shape), fill, kind)
            if self._capacity:
                grown[: self._capacity] = getattr(self, name)
            setattr(self, name, grown)
        self._capacity = capacity

    distance: np.ndarray
    weight: np.ndarray
    color: np.ndarray
    color_weight: np.ndarray
    label: np.ndarray
    support: np.ndarray


_ARRAYS = {
    "distance": ((BLOCK_VOXELS,), np.float32, 0.0),
    "weight": ((BLOCK_VOXELS,), np.float32, 0.0),
    "color": ((BLOCK_VOXELS, 3), np.float32, 0.0),
    "color_weight": ((BLOCK_VOXELS,), np.float32, 0.0),
    "label": ((BLOCK_VOXELS,), np.uint8, 0),
    "support": ((BLOCK_VOXELS,), np.float32, 0.0),
}
_OFFSETS = np.stack(np.meshgrid(*[np.arange(BLOCK_SIDE)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
_HALF_VOXEL = 0.5 / BLOCK_SIDE  # voxels are centred on whole numbers, so a block begins half a voxel earlier


def _average(values: np.ndarray, weights: np.ndarray, place: np.ndarray, new: np.ndarray, added: np.ndarray) -> None:
    """Weighted running mean at flat places."""
    flat_values, flat_weights = values.ravel(), weights.ravel()
    before = flat_weights[place]
    total = before + added
    flat_values[place] = (flat_values[place] * before + new * added) / np.maximum(total, 1e-12)
    flat_weights[place] = total


def _between_pixels(depth: np.ndarray, pixels: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Depth (N,) float32 at pixels (2, N) from the four around, as disparity; the nearest one where one is missing."""
    height, width = depth.shape
    flat = depth.ravel()
    left = np.clip(np.floor(pixels[0]), 0, width - 2).astype(np.intp)
    top = np.clip(np.floor(pixels[1]), 0, height - 2).astype(np.intp)
    right_share, low_share = pixels[0] - left, pixels[1] - top
    first = top * width + left
    upper = (1 - right_share) / np.take(flat, first) + right_share / np.take(flat, first + 1)
    lower = (1 - right_share) / np.take(flat, first + width) + right_share / np.take(flat, first + width + 1)
    between = 1.0 / ((1 - low_share) * upper + low_share * lower)
    result: np.ndarray = np.where(np.isnan(between), np.take(flat, nearest), between)
    return result
