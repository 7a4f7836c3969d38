"""How large a run's results become, so that it can be refused before it starts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from EndoDepthCLI.job.output import size_text
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.values import Camera

_SURFACE_VERTICES_AIM = 82_000  # a 320 x 256 frame in full
_PICTURE_BYTES_PER_PIXEL = 3  # noise does not pack
_DEPTH_BYTES_PER_PIXEL = 4
_CONFIDENCE_BYTES_PER_PIXEL = 2
_LABEL_BYTES_PER_PIXEL = 0.1
_VALIDITY_BYTES_PER_PIXEL = 0.1
_SURFACE_BYTES_PER_VERTEX = 50  # one vertex and the two triangles that belong to it


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


def estimate_reconstruction(frames: int, camera: Camera, surface_step: int, coverage: float) -> SizeEstimate:
    """The size of a reconstruction; coverage: the part (0..1] of the image inside the endoscope's dark border."""
    from EndoDepthScene.estimate import estimate_scene_bytes, estimate_scene_memory_bytes

    pixels = camera.width * camera.height
    vertices = math.ceil(camera.width / surface_step) * math.ceil(camera.height / surface_step)
    masks = _LABEL_BYTES_PER_PIXEL + _VALIDITY_BYTES_PER_PIXEL
    of_pixels = pixels * (_PICTURE_BYTES_PER_PIXEL + _CONFIDENCE_BYTES_PER_PIXEL + masks)
    folder = frames * (of_pixels + pixels * _DEPTH_BYTES_PER_PIXEL + coverage * vertices * _SURFACE_BYTES_PER_VERTEX)
    scene = (frames, camera.width, camera.height, surface_step, coverage)
    return SizeEstimate(frames, math.ceil(folder), estimate_scene_bytes(*scene), estimate_scene_memory_bytes(*scene))


def flat_bytes(kind: str, frames: int, camera: Camera) -> int:
    """Bytes of a flat folder of `kind` "depth" or "segment"."""
    depth = _DEPTH_BYTES_PER_PIXEL + _VALIDITY_BYTES_PER_PIXEL
    per_pixel = depth if kind == "depth" else _LABEL_BYTES_PER_PIXEL
    return math.ceil(frames * camera.width * camera.height * per_pixel)


def check_frame_limit(estimate: SizeEstimate, max_frames: int, every: int) -> None:
    """Raise SettingsError when more frames are kept than allowed, saying which --every would do."""
    if estimate.frames > max_frames:
        fitting = every * math.ceil(estimate.frames / max_frames)
        raise SettingsError(
            f"{estimate.frames} frames would be kept, at most {max_frames} are allowed: their scene would take about "
            f"{size_text(estimate.scene_memory_bytes)} of memory in 3D Slicer; use --every {fitting}, a shorter range "
            f"with --start and --stop, or --max-frames {estimate.frames}"
        )
