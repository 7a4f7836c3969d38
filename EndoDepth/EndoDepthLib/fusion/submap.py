"""The frames of one submap fused into a volume, those that do not fit left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from EndoDepthLib.fusion.fitting import SurfacePlaces
from EndoDepthLib.fusion.frames import TrackedFrames
from EndoDepthLib.fusion.settings import BLOCK_SIDE
from EndoDepthLib.fusion.volume import TsdfVolume

_FEW_FRAMES = 4


@dataclass
class FusedSubmap:
    """A volume and what became of its frames: used and left_out hold rows of the tracked sequence, with reasons."""

    volume: TsdfVolume
    used: list[int] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    residuals: list[float] = field(default_factory=list)


def fuse_rows(
    frames: TrackedFrames,
    rows: Sequence[int],
    voxel: float,
    truncation: float,
    max_blocks: int,
    step: Callable[[], None] = lambda: None,
) -> FusedSubmap:
    """Fuse these rows in their order; when more than half do not fit the first ones, begin with those instead.

    Raises TooManyBlocks when the surface needs more blocks than allowed.
    """
    first = _fuse(frames, rows, voxel, truncation, max_blocks, step)
    deformed = [row for row in first.left_out if first.left_out[row] != NO_DEPTH]
    if len(deformed) <= len(first.used) or len(rows) < _FEW_FRAMES:
        return first
    others = [row for row in rows if row not in first.left_out]
    second = _fuse(frames, [*deformed, *others], voxel, truncation, max_blocks)
    return second if len(second.used) > len(first.used) else first


NO_DEPTH = "holds no depth that could be used"


def _fuse(
    frames: TrackedFrames,
    rows: Sequence[int],
    voxel: float,
    truncation: float,
    max_blocks: int,
    step: Callable[[], None] = lambda: None,
) -> FusedSubmap:
    fused, places = FusedSubmap(TsdfVolume(voxel, truncation, max_blocks)), SurfacePlaces()
    for row in rows:
        seen, pose = frames.observe(row)
        if not (seen.weight > 0).any():
            fused.left_out[row] = NO_DEPTH
        else:
            fit = places.compare(seen, pose, truncation, BLOCK_SIDE * voxel)
            if fit.deformed and frames.settings.leave_out_deformed:
                fused.left_out[row] = (
                    f"does not fit the surface of the other frames: {100 * fit.far:.0f} % of it lies more than "
                    f"{truncation:.3g} away (median {fit.median:.3g}); the tissue deformed, or its pose is wrong"
                )
            else:
                places.update(fused.volume, fused.volume.integrate(seen, pose))
                fused.used.append(row)
                fused.residuals.append(fit.median)
        step()
    return fused
