"""Which blocks of voxels there are: integer block coordinates to rows of the arrays that hold their voxels."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.errors import SettingsError

_BITS = 20
_OFFSET = 1 << _BITS
_STRIDE = 1 << (_BITS + 1)


class TooManyBlocks(SettingsError):
    """The surface needs more voxels than the memory given holds."""


class BlockIndex:
    """A growing map from block coordinates (N, 3) int64 to rows 0 .. len - 1.

    Keys are kept sorted, so that whole arrays are looked up at once. Raises TooManyBlocks beyond `most`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._keys = np.zeros(0, np.int64)
        self._rows = np.zeros(0, np.int64)
        self.coordinates = np.zeros((0, 3), np.int64)

    def __len__(self) -> int:
        return len(self.coordinates)

    def find(self, coordinates: np.ndarray) -> np.ndarray:
        """Rows (N,) int64 of blocks (N, 3); -1 for those that are not there."""
        return self._find(block_keys(coordinates))

    def add(self, coordinates: np.ndarray) -> np.ndarray:
        """Rows (M,) of the distinct ones of these blocks, made where they are not there yet."""
        keys = np.unique(block_keys(coordinates))
        rows = self._find(keys)
        new = keys[rows < 0]
        if len(new):
            if len(self) + len(new) > self._most:
                raise TooManyBlocks(
                    f"the surface needs more than {self._most} blocks of voxels, all that the memory allowed holds; "
                    "give a larger --voxel, or more --memory"
                )
            made = np.arange(len(self), len(self) + len(new))
            places = np.searchsorted(self._keys, new)
            self._keys = np.insert(self._keys, places, new)
            self._rows = np.insert(self._rows, places, made)
            self.coordinates = np.concatenate([self.coordinates, block_coordinates(new)])
            rows[rows < 0] = made
        return rows

    def _find(self, keys: np.ndarray) -> np.ndarray:
        if not len(self._keys):
            return np.full(len(keys), -1, np.int64)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._rows[places], -1)


def block_keys(coordinates: np.ndarray) -> np.ndarray:
    """One int64 for each block (N, 3). Raises SettingsError for a block too far away to be numbered."""
    if coordinates.size and np.abs(coordinates).max() >= _OFFSET:
        raise SettingsError(
            f"a point lies more than {_OFFSET} blocks of voxels from the first camera; give a larger --voxel"
        )
    shifted = coordinates.astype(np.int64) + _OFFSET
    keys: np.ndarray = (shifted[:, 0] * _STRIDE + shifted[:, 1]) * _STRIDE + shifted[:, 2]
    return keys


def block_coordinates(keys: np.ndarray) -> np.ndarray:
    """(N, 3) int64 of block_keys."""
    first, z = np.divmod(keys, _STRIDE)
    x, y = np.divmod(first, _STRIDE)
    return np.stack([x, y, z], axis=1) - _OFFSET
