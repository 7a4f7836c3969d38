"""What fusion is told, and the sizes that follow from the depth itself."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.errors import SettingsError

BLOCK_SIDE = 8
"""Voxels along the side of a block: small enough to follow a surface, large enough for whole-array arithmetic."""
BLOCK_VOXELS = BLOCK_SIDE**3
BYTES_PER_VOXEL = 4 + 4 + 3 * 4 + 4 + 1 + 4  # distance, weight, colour, its weight, label, its support


@dataclass(frozen=True)
class FusionSettings:
    """What fusion is told; lengths are in the unit of the poses.

    voxel: side of a voxel; None: from what a pixel covers. truncation: how far from a surface its distance is kept;
    None: a few voxels, or as much as frames disagree. memory_mb: the most that the voxels may take. keep_instruments:
    leave instruments in the surface. min_confidence: pixels below it are not used. leave_out_deformed: whether frames
    that do not fit the surface of the others are left out. min_weight: the least weight of a voxel that becomes
    surface. min_island: islands smaller than this share of the largest part are removed. Raises SettingsError for a
    value out of range.
    """

    voxel: float | None = None
    truncation: float | None = None
    memory_mb: int = 2000
    keep_instruments: bool = False
    min_confidence: float = 0.05
    leave_out_deformed: bool = True
    min_weight: float = 0.1
    min_island: float = 0.02

    def __post_init__(self) -> None:
        for name in ("voxel", "truncation"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise SettingsError(f"{name} is {value!r}; expected a length above 0, in the unit of the poses")
        if self.memory_mb < 1:
            raise SettingsError(f"memory_mb is {self.memory_mb!r}; expected a number of megabytes, at least 1")
        for name in ("min_confidence", "min_island"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; expected 0 to 1")

    @property
    def max_blocks(self) -> int:
        """How many blocks fit into the memory given."""
        return max(1, self.memory_mb * 1_000_000 // (BLOCK_VOXELS * BYTES_PER_VOXEL))
