"""Phantom videos for benchmarks of self-supervision: rendered once, kept in a folder, read as clips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from EndoDepthLib.geometry import load_camera, save_camera
from EndoDepthLib.phantoms import ClipSettings
from EndoDepthLib.phantoms.workers import ParallelRendering
from EndoDepthLib.results import atomic_path
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, SequenceFrame, read_clip
from EndoDepthTrainingLib.datasets.motion.stride import with_stride


@dataclass(frozen=True)
class PhantomVideo:
    """A clip with its stride, its true poses (N, 4, 4) world_from_camera in mm, and labels (N, h, w) of LABELS."""

    clip: MotionClip
    poses: np.ndarray
    labels: np.ndarray


def phantom_video(settings: ClipSettings, folder: Path, stride: int | None = None) -> PhantomVideo:
    """The clip of these settings, from `folder` when it was rendered before; width and height are multiples of 32.

    stride: None: from the measured motion.
    """
    name = f"{settings.scene}-{settings.seed}-{settings.frames}-{settings.width}x{settings.height}"
    name += f"-{settings.frame_step:g}-{settings.optics_strength:g}"
    file, camera_file = folder / f"{name}.npz", folder / f"{name}.json"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with ParallelRendering(settings, 1) as rendering:
            frames = list(rendering.frames())
        save_camera(frames[0].camera, camera_file)
        kinds = {"images": "image", "depth": "depth", "labels": "labels", "content": "content"}
        arrays = {key: np.stack([getattr(frame, field) for frame in frames]) for key, field in kinds.items()}
        arrays["poses"] = np.stack([frame.world_from_camera for frame in frames])
        with atomic_path(file) as aside, aside.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    with np.load(file) as kept:
        values = {key: kept[key] for key in kept.files}
    # The whole picture, so that labels and truth stay on its grid; what lies outside the content has no truth.
    content = np.ones(values["content"].shape[1:], bool)
    frames_read = [SequenceFrame(image, depth) for image, depth in zip(values["images"], values["depth"], strict=True)]
    size = (settings.height, settings.width)
    clip = read_clip(name, frames_read, content, load_camera(camera_file), True, size)
    clip = replace(clip, usable=clip.usable & values["content"])
    return PhantomVideo(with_stride(clip, stride), values["poses"], values["labels"])
