"""A rendered clip as files: pictures, truth, and a video of them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from EndoDepthCLI.job.output import check_disk, check_output, discard_on_failure
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.pictures.h264 import H264Encoder
from EndoDepthLib.geometry import save_camera
from EndoDepthLib.inference.device import choose_device
from EndoDepthLib.phantoms import LABELS, ClipSettings
from EndoDepthLib.phantoms.workers import ParallelRendering, processes_worth
from EndoDepthLib.results import atomic_path, atomic_write
from EndoDepthLib.results.arrays import encode_array, encode_image
from EndoDepthLib.results.atomic import write_error

if TYPE_CHECKING:  # torch stays unloaded until the workers are on their way, which load it too
    from EndoDepthLib.phantoms import PhantomFrame

CLIP_RATE = Fraction(30)
"""Pictures a second of a phantom when every one of its frames is rendered."""

_KINDS = ("frames", "depth", "labels")
_BYTES_PER_PIXEL = 8


def render_clip(
    scene: str,
    frames: int,
    seed: int,
    width: int,
    height: int,
    folder: Path,
    device: str = "cpu",
    optics_strength: float = 1.0,
    frame_step: int = 1,
) -> None:
    """Render a phantom scene into `folder`, which must be new or empty.

    optics_strength and frame_step are those of `render_video`; the video plays at the speed of the camera.

    frames/NNNNNN.png RGB; depth/NNNNNN.npy float32 mm along the axis, NaN outside; labels/NNNNNN.png uint8 with
    labels.json; camera.json; poses.json (world_from_camera, mm, OpenCV axes); clip.mp4, a lossy video of the frames.
    Raises SettingsError for values out of range or a device that is not there, OutputError when the folder cannot take
    the files.
    """
    check_output(OutputOptions(output=folder), can_resume=False)
    device = choose_device(device)
    check_disk(folder, frames * width * height * _BYTES_PER_PIXEL)
    settings = ClipSettings(
        scene, frames, seed, width, height, device, optics_strength=optics_strength, frame_step=frame_step
    )
    poses: list[np.ndarray] = []
    with (
        discard_on_failure(folder, _last_file(folder, 0)),
        Progress(f"rendering {scene}", frames) as progress,
        ParallelRendering(settings, processes_worth(settings)) as rendering,
    ):
        _make_folders(folder)
        with atomic_path(folder / "clip.mp4") as video_aside, video_aside.open("wb") as file:
            video = H264Encoder(file, CLIP_RATE / frame_step, crf=14)
            for number, frame in enumerate(rendering.frames()):
                _write_frame(folder, number, frame)
                if number == 0:
                    with atomic_path(folder / "camera.json") as aside:
                        save_camera(frame.camera, aside)
                video.add(frame.image)
                poses.append(frame.world_from_camera)
                progress.step()
            video.finish()
        entries = [{"value": value, "name": name} for value, name in enumerate(LABELS)]
        atomic_write(folder / "labels.json", json.dumps({"labels": entries}, indent=2) + "\n")
        content = {"unit": "mm", "axes": "OpenCV", "world_from_camera": [pose.tolist() for pose in poses]}
        atomic_write(folder / "poses.json", json.dumps(content) + "\n")


def _make_folders(folder: Path) -> None:
    try:
        for kind in _KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def _write_frame(folder: Path, number: int, frame: PhantomFrame) -> None:
    name = f"{number:06d}"
    atomic_write(folder / "frames" / f"{name}.png", encode_image(frame.image))
    atomic_write(folder / "depth" / f"{name}.npy", encode_array(frame.depth))
    atomic_write(_last_file(folder, number), encode_image(frame.labels))


def _last_file(folder: Path, number: int) -> Path:
    """Of the files of a frame, the one that is written last."""
    return folder / "labels" / f"{number:06d}.png"
