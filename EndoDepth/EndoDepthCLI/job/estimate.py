"""How large a run's results become, so that it can be refused before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from EndoDepthCLI.job.output import size_text
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.values import Camera

_SURFACE_VERTICES_AIM = 82_000  # a 320 x 256 frame in full


@dataclass(frozen=True)
class SizeEstimate:
    """Bytes that `frames` kept frames take: in the results folder, and in memory once Slicer shows the scene."""

    frames: int
    folder_bytes: int
    scene_bytes: int
    scene_memory_bytes: int

    @property
    def disk_bytes(self) -> int:
        """Folder, scene file and the scene's files while they are being packed."""
        return self.folder_bytes + 2 * self.scene_bytes

    def describe(self) -> str:
        """One line for people."""
        return (
            f"{self.frames} frames; results about {size_text(self.folder_bytes + self.scene_bytes)}, "
            f"the scene about {size_text(self.scene_memory_bytes)} of memory in 3D Slicer"
        )


def surface_step_for(width: int, height: int) -> int:
    """The spacing of surface vertices in pixels that keeps a surface near 82,000 vertices."""
    return max(1, math.ceil(math.sqrt(width * height / _SURFACE_VERTICES_AIM)))


def estimate_scene(frames: int, width: int, height: int, surface_step: int) -> SizeEstimate:
    """The size of a reconstruction; bytes per pixel and vertex as measured on real and rendered video, rounded up."""
    pixels = width * height
    vertices = math.ceil(width / surface_step) * math.ceil(height / surface_step)
    folder = frames * (pixels * 9 + vertices * 62)
    scene = frames * (pixels * 5 + vertices * 75)
    memory = frames * (pixels * 12 + vertices * 110)
    return SizeEstimate(frames, folder, scene, memory)


def flat_bytes(kind: str, frames: int, camera: Camera) -> int:
    """Bytes of a flat folder of `kind` "depth" (four a pixel) or "segment" (label maps pack well)."""
    return math.ceil(frames * camera.width * camera.height * (4 if kind == "depth" else 0.1))


def check_frame_limit(estimate: SizeEstimate, max_frames: int, every: int) -> None:
    """Raise SettingsError when more frames are kept than allowed, saying which --every would do."""
    if estimate.frames > max_frames:
        fitting = every * math.ceil(estimate.frames / max_frames)
        raise SettingsError(
            f"{estimate.frames} frames would be kept, at most {max_frames} are allowed: their scene would take about "
            f"{size_text(estimate.scene_memory_bytes)} of memory in 3D Slicer; use --every {fitting}, a shorter range "
            f"with --start and --stop, or --max-frames {estimate.frames}"
        )
