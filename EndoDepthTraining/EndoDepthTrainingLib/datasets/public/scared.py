"""SCARED (Allan et al. 2021): stereo endoscopy of porcine organs with structured light, from the original archives."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera
from EndoDepthLib.video.image_file import image_size
from EndoDepthTrainingLib.datasets.public.archives import ArchivedPointMap, json_files, json_members
from EndoDepthTrainingLib.datasets.public.camera_matrices import camera_of_opencv_yaml
from EndoDepthTrainingLib.datasets.public.decoding import Picture, PointMapTiff, Reading
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, WeightsUse
from EndoDepthTrainingLib.datasets.public.films import FilmFrame, film_size
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    checked_folder,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.phantom_clips import read_clip
from EndoDepthTrainingLib.datasets.public.point_clouds import PointCloudDepth
from EndoDepthTrainingLib.datasets.public.sample import Sample
from EndoDepthTrainingLib.datasets.public.scared_protocols import CAVEATS, LAYOUT, PROTOCOLS, URL

STILLS = "keyframes"
"""Sequences of the still with structured light of each keyframe: the truth that is measured, not propagated."""

DATASETS = range(1, 10)
_CALIBRATION = "endoscope_calibration.yaml"


def read(folder: Path) -> Listing:
    """Every keyframe folder: its still ("keyframes/dataset1", index = keyframe) and its video ("dataset1/keyframe1").

    Frames count from 0, as scene_points and frame_data do; the still of keyframe 1 is "keyframes/dataset1/1". What
    `endodepth dataset unpack scared` wrote is read as well. Raises InputError when the layout is another.
    """
    keyframes = [
        (f"dataset{_number(outer, 'dataset')}", _number(inner, "keyframe"), inner)
        for outer in subfolders(checked_folder(folder))
        if _number(outer, "dataset") is not None
        for inner in subfolders(outer)
        if _number(inner, "keyframe") is not None
    ]
    if not keyframes:
        raise wrong_layout(folder, "holds no dataset_*/keyframe_*", LAYOUT, URL)
    missing: list[str] = []
    absent: list[str] = []
    frames: list[ListedFrame] = []
    for dataset, number, path in keyframes:
        if (path / "frames").is_dir():
            frames += _unpacked(path, f"{dataset}/keyframe{number}", missing)
            continue
        frames += _still(path, dataset, number or 0, missing, absent)
        if (path / "data").is_dir():  # the fifth keyframe of each data set is a still without a video
            frames += _film(path, f"{dataset}/keyframe{number}", missing)
    if not frames:
        raise wrong_layout(folder, f"holds {len(keyframes)} keyframe folders without a picture or video", LAYOUT, URL)
    present = {dataset for dataset, _, _ in keyframes}
    absent += [f"dataset_{number}" for number in DATASETS if f"dataset{number}" not in present]
    return Listing(f"{len(keyframes)} keyframe folders", tuple(frames), (), tuple(missing), tuple(absent))


def _number(path: Path, word: str) -> int | None:
    match = re.fullmatch(rf"(?:test_)?{word}_?(\d+)", path.name)
    return int(match[1]) if match else None


def _still(path: Path, dataset: str, number: int, missing: list[str], absent: list[str]) -> list[ListedFrame]:
    picture = path / "Left_Image.png"
    if not picture.is_file():
        missing.append(f"'{picture}' is missing")
        return []
    points, cloud = path / "left_depth_map.tiff", path / "point_cloud.obj"
    depth: Reading | None = None
    truth: tuple[Path, ...] = ()
    if points.is_file():
        depth, truth = PointMapTiff(points), (points,)
    elif cloud.is_file():
        depth, truth = PointCloudDepth(cloud, *image_size(picture)), (cloud,)
    else:
        absent.append(
            f"truth of the still of {dataset}/keyframe{number} ('{points.name}'; some test sets came without)"
        )
    sequence = f"{STILLS}/{dataset}"
    camera = _camera(path, image_size(picture), missing)
    sample = Sample(f"{sequence}/{number}", sequence, number, Picture(picture), depth, camera=camera)
    return [ListedFrame(sample, (picture, *truth))]


def _film(path: Path, sequence: str, missing: list[str]) -> list[ListedFrame]:
    """The frames of data/rgb.mp4 (two views, left above right) with the truth warped to them by the robot's poses."""
    film = path / "data" / "rgb.mp4"
    if not film.is_file():
        missing.append(f"'{film}' is missing")
        return []
    count, width, height = film_size(film)
    if height % 2:
        raise InputError(f"'{film}' is {width}x{height}; expected two views one above the other, so an even height")
    camera = _camera(path, (width, height // 2), missing)
    archive, folder = path / "data" / "scene_points.tar.gz", path / "data" / "scene_points"
    has_truth = folder.is_dir() or archive.is_file()
    if not has_truth:
        missing.append(f"'{archive}' is missing: no depth of {sequence}")
    data = _frame_data(path / "data", missing)
    if data and len(data) != count:
        missing.append(f"'{film}' has {count} frames and frame_data {len(data)}; those beyond the shorter are left out")
    frames = []
    for number in range(min(count, len(data)) if data else count):
        unpacked = folder / f"scene_points{number:06d}.tiff"
        depth: Reading | None = None
        files: tuple[Path, ...] = (film,)
        if folder.is_dir():
            depth, files = _LeftPoints(unpacked), (film, unpacked)
        elif has_truth:
            depth, files = ArchivedPointMap(archive, "scene_points", number), (film, archive)
        sample = Sample(
            f"{sequence}/{number}",
            sequence,
            number,
            FilmFrame(film, number, upper_half=True),
            depth,
            camera=camera,
            world_from_camera_mm=_pose(data.get(number), path),
        )
        frames.append(ListedFrame(sample, files))
    return frames


class _LeftPoints(PointMapTiff):
    """The upper half of an unpacked scene_points file."""

    def __call__(self) -> np.ndarray:
        """The depth of the left view."""
        both = super().__call__()
        return both[: both.shape[0] // 2]


def _unpacked(path: Path, sequence: str, missing: list[str]) -> list[ListedFrame]:
    clip = read_clip(path, sequence, {}, (), missing)
    return [ListedFrame(replace(frame.sample, name=f"{sequence}/{frame.sample.index}"), frame.files) for frame in clip]


def _camera(path: Path, size: tuple[int, int], missing: list[str]) -> Camera | None:
    """Of the left view, with its lens."""
    file = path / _CALIBRATION
    if not file.is_file():
        missing.append(f"'{file}' is missing: no camera")
        return None
    return camera_of_opencv_yaml(file, size, "M1", "D1")


def _frame_data(folder: Path, missing: list[str]) -> dict[int, Any]:
    """frame_data*.json by frame, unpacked or from the archive."""
    archive, unpacked = folder / "frame_data.tar.gz", folder / "frame_data"
    if unpacked.is_dir():
        data = json_files(unpacked)
    elif archive.is_file():
        data = json_members(archive)
    else:
        missing.append(f"'{archive}' is missing: no poses")
        return {}
    first = min(data, default=0)
    return {number - first: content for number, content in data.items()}


def _pose(content: Any, path: Path) -> np.ndarray | None:
    """world_from_camera: the file's "camera-pose" takes points of the keyframe to the camera."""
    if content is None:
        return None
    try:
        camera_from_world = np.array(content["camera-pose"], np.float64).reshape(4, 4)
        return np.linalg.inv(camera_from_world)
    except (KeyError, TypeError, ValueError, np.linalg.LinAlgError) as error:
        raise InputError(f"frame_data of '{path}' has no 4 x 4 'camera-pose' ({error}); get it again") from error


DATASET = DatasetDescription(
    name="scared",
    title="SCARED: stereo correspondence and reconstruction of endoscopic data",
    url=URL,
    licence="the challenge's rules: research, no redistribution (sign them to get the data)",
    citation="M. Allan et al., Stereo correspondence and reconstruction of endoscopic data challenge, arXiv:2101.01133",
    weights=WeightsUse.RESEARCH,
    truth="depth (structured light; propagated for videos), camera with lens, poses",
    layout=LAYOUT,
    protocols=PROTOCOLS,
    read=read,
    caveats=CAVEATS,
)
