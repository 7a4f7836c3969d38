"""Archives and stacked videos as files that can be read in any order: what training needs of SCARED."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import OutputError
from EndoDepthLib.geometry import save_camera
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.results.atomic import atomic_path, atomic_write, write_error
from EndoDepthTrainingLib.datasets.public.listing import ListedFrame
from EndoDepthTrainingLib.datasets.public.phantom_clips import MM_PER_COUNT
from EndoDepthTrainingLib.datasets.public.sample import Sample

DESCRIPTION = "unpacked.json"
"""Says what was unpacked into a folder, so that a later run goes on with the same."""

SPLITS = "splits"
BYTES_PER_PIXEL = 4
"""Of picture and depth together, as lossless PNG: about what endoscopy takes."""


@dataclass(frozen=True)
class UnpackingSettings:
    """name of the data set; size (width, height) that frames, depth and camera are brought to, None: as they are."""

    name: str
    size: tuple[int, int] | None = None


def frames_to_unpack(frames: Sequence[ListedFrame]) -> list[Sample]:
    """The frames that lie in videos or archives (several frames share their files), in order."""
    uses: dict[Path, int] = {}
    for frame in frames:
        for path in set(frame.files):
            uses[path] = uses.get(path, 0) + 1
    return [frame.sample for frame in frames if any(uses[path] > 1 for path in frame.files)]


def unpack(
    samples: Sequence[Sample],
    source: Path,
    target: Path,
    settings: UnpackingSettings,
    step: Callable[[], None] = lambda: None,
) -> None:
    """Write each sequence as a clip: target/SEQUENCE/frames/000000.png, depth/000000.png (16 bit, mm * 256; farther
    than 255.99 mm is unknown), camera.json, poses.json; and the frame lists in source/splits.

    A folder in which this was begun with the same settings is gone on with: frames that stand there are kept. Raises
    OutputError when the folder was made with others or cannot take the files, InputError when a frame cannot be read.
    """
    _describe(target, settings)
    for sequence in dict.fromkeys(sample.sequence for sample in samples):
        members = [sample for sample in samples if sample.sequence == sequence]
        for sample in members:
            _write_frame(target / sequence, sample, settings)
            step()
        _write_camera_and_poses(target / sequence, members, settings)
    if (source / SPLITS).is_dir() and not (target / SPLITS).exists():
        shutil.copytree(source / SPLITS, target / SPLITS)


def _describe(target: Path, settings: UnpackingSettings) -> None:
    text = json.dumps({"name": settings.name, "size": settings.size}) + "\n"
    path = target / DESCRIPTION
    try:
        target.mkdir(parents=True, exist_ok=True)
        there = path.read_text(encoding="utf-8") if path.is_file() else None
    except OSError as error:
        raise write_error(target, error) from error
    if there is not None and there != text:
        raise OutputError(f"'{path}' says {there.strip()}, this run {text.strip()}; choose another output folder")
    atomic_write(path, text)


def _write_frame(folder: Path, sample: Sample, settings: UnpackingSettings) -> None:
    picture = folder / "frames" / f"{sample.index:06d}.png"
    depth = folder / "depth" / f"{sample.index:06d}.png"
    if picture.is_file() and (depth.is_file() or sample.depth_mm is None):
        return
    try:
        for file in (picture, depth):
            file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    if sample.depth_mm is not None:
        exact = np.nan_to_num(sample.depth_mm() / MM_PER_COUNT)
        counts: np.ndarray = np.where(exact < 65535.5, np.round(exact), 0).astype(np.uint16)
        if settings.size is not None:
            counts = cv2.resize(counts, settings.size, interpolation=cv2.INTER_NEAREST_EXACT)
        done, content = cv2.imencode(".png", counts, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        assert done
        atomic_write(depth, content.tobytes())
    image = sample.image()
    if settings.size is not None:
        image = cv2.resize(image, settings.size, interpolation=cv2.INTER_AREA)
    atomic_write(picture, encode_image(image))


def _write_camera_and_poses(folder: Path, samples: Sequence[Sample], settings: UnpackingSettings) -> None:
    camera = samples[0].camera
    if camera is not None:
        with atomic_path(folder / "camera.json") as aside:
            save_camera(camera if settings.size is None else camera.resize(*settings.size), aside)
    poses = [s.world_from_camera_mm.tolist() for s in samples if s.world_from_camera_mm is not None]
    if len(poses) == len(samples):
        content = {"unit": "mm", "axes": "OpenCV", "world_from_camera": poses}
        atomic_write(folder / "poses.json", json.dumps(content) + "\n")
