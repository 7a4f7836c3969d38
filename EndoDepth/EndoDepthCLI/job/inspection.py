"""What an input holds and what it would take, without decoding more than is needed to know its size."""

from __future__ import annotations

from typing import Any

from EndoDepthCLI.job.estimate import estimate_reconstruction, surface_step_for
from EndoDepthCLI.job.messages import as_unicode
from EndoDepthCLI.job.reading import open_input
from EndoDepthCLI.option_groups import DEFAULT_MAX_FRAMES, ReadingOptions
from EndoDepthLib.geometry import choose_camera
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES

_BYTES_PER_PIXEL = 3


def inspect_input(reading: ReadingOptions) -> dict[str, Any]:
    """Kind, size, kept frames, rate, duration and bytes of an input, as JSON values.

    frame_rate (1/s) and duration_s (of the kept range) are None for images. frames_memory_bytes: the pictures alone in
    memory; scene_memory_bytes: with depth, confidence, labels and surfaces; results_bytes: on disk. max_frames: how
    many frames `reconstruct` keeps unless told otherwise. Raises InputError or SettingsError as reading it would.
    """
    with open_input(reading) as video:
        width, height, frames = video.width, video.height, video.frame_count
        camera = choose_camera(width, height, None, None).camera
        size = estimate_reconstruction(frames, camera, surface_step_for(width, height), coverage=1.0)
        rate = video.frame_rate
        return {
            "kind": _kind(reading),
            "source": as_unicode(reading.input.resolve().name),
            "width": width,
            "height": height,
            "frames": frames,
            "first_index": video.indices[0],
            "last_index": video.indices[-1],
            "every": reading.every,
            "frame_rate": rate,
            "duration_s": None if rate is None else len(range(video.indices.start, video.indices.stop)) / rate,
            "frames_memory_bytes": frames * width * height * _BYTES_PER_PIXEL,
            "scene_memory_bytes": size.scene_memory_bytes,
            "results_bytes": size.folder_bytes,
            "max_frames": DEFAULT_MAX_FRAMES,
            "warnings": list(video.warnings),
        }


def _kind(reading: ReadingOptions) -> str:
    if reading.input.is_dir():
        return "folder"
    return "image" if reading.input.suffix.lower() in IMAGE_SUFFIXES else "video"
