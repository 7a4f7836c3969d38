"""The wall and floor as folders on disk, made once for all tests that ask for them in the same place."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.fusion import FusedSurface, fuse_sequence
from fused_scene.true_results import true_sequence, write_results, write_tracked
from fused_scene.wall_and_floor import LENS, SEGMENTS, true_frames, true_poses


def write_wall_and_floor(folder: Path, frames: int) -> tuple[Path, Path]:
    """A results folder and a tracked folder of so many frames, below `folder`."""
    results = write_results(folder / "results", LENS, true_frames(frames), SEGMENTS)
    return results.folder, write_tracked(folder / "tracked", results, true_sequence(true_poses(frames)))


def fused_wall_and_floor(folder: Path, frames: int) -> FusedSurface:
    """The fused surface of so many frames, thinned out to be small."""
    results = write_results(folder / "results", LENS, true_frames(frames), SEGMENTS)
    return fuse_sequence(results, true_sequence(true_poses(frames)), triangles=6000).largest
