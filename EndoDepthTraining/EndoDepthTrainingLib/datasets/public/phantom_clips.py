"""Clips that `endodepth synthesize` wrote: one folder, or a folder of such folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import CameraError, InputError
from EndoDepthLib.geometry import load_camera
from EndoDepthLib.values import Camera
from EndoDepthTrainingLib.datasets.public.decoding import DepthMap, LabelPicture, Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, WeightsUse
from EndoDepthTrainingLib.datasets.public.listing import (
    VOID,
    ListedFrame,
    Listing,
    by_stem,
    checked_folder,
    counterparts,
    files_with,
    index_in,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

LAYOUT = (
    "[CLIP/]frames/000000.png",
    "depth/000000.npy (float32 mm)",
    "labels/000000.png",
    "labels.json",
    "camera.json",
    "poses.json",
)
MM_PER_COUNT = 1 / 256
"""Of depth kept as 16-bit png, as SERV-CT keeps it: up to 255.99 mm."""

URL = "endodepth synthesize SCENE --output DIR"


def read(folder: Path) -> Listing:
    """The clips in a folder; sequence: the clip's folder. Raises InputError when there is none."""
    clips = [folder] if (checked_folder(folder) / "frames").is_dir() else subfolders(folder)
    clips = [clip for clip in clips if (clip / "frames").is_dir()]
    if not clips:
        raise wrong_layout(folder, "holds no clip (a folder with frames/)", LAYOUT, URL)
    names = {clip: names_by_value(clip / "labels.json") for clip in clips if (clip / "labels.json").is_file()}
    classes = tuple(dict.fromkeys(name for table in names.values() for name in table.values() if name != "background"))
    missing: list[str] = []
    frames = [frame for clip in clips for frame in read_clip(clip, clip.name, names.get(clip, {}), classes, missing)]
    if not frames:
        raise wrong_layout(folder, "holds no picture in frames/", LAYOUT, URL)
    return Listing(f"{len(clips)} clip{'s' * (len(clips) != 1)}", tuple(frames), classes, tuple(missing))


def read_clip(
    clip: Path, sequence: str, names: dict[int, str], classes: tuple[str, ...], missing: list[str]
) -> list[ListedFrame]:
    """The frames of one clip; what it lacks is added to `missing`. Raises InputError as `read`."""
    pictures = by_stem(files_with(clip / "frames", (".png", ".jpg")))
    found = by_stem(files_with(clip / "depth", (".npy", ".png")))
    depths = counterparts(pictures, found, "depth", missing, clip / "depth")
    maps: dict[str, Path] = {}
    if names or (clip / "labels").is_dir():
        found = by_stem(files_with(clip / "labels", (".png",)))
        maps = counterparts(pictures, found, "label", missing, clip / "labels")
        if not names:
            missing.append(f"'{clip / 'labels.json'}' is missing, so the labels have no names")
    camera, poses = _camera(clip, missing), _poses(clip, len(pictures), missing)
    table = label_table(names, classes)
    frames = []
    for place, (stem, path) in enumerate(pictures.items()):
        sample = Sample(
            name=f"{sequence}/{stem}",
            sequence=sequence,
            index=index_in(stem, place),
            image=Picture(path),
            depth_mm=_depth(depths[stem]) if stem in depths else None,
            labels=LabelPicture(maps[stem], table) if stem in maps and names else None,
            camera=camera,
            world_from_camera_mm=None if poses is None else poses[place],
        )
        own = (path, *(each[stem] for each in (depths, maps) if stem in each))
        frames.append(ListedFrame(sample, own))
    return frames


def _depth(path: Path) -> DepthMap:
    return DepthMap(path, 1.0 if path.suffix == ".npy" else MM_PER_COUNT)


def names_by_value(path: Path) -> dict[int, str]:
    """labels.json as {value: name}. Raises InputError when it is something else."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["labels"]
        return {int(entry["value"]): str(entry["name"]) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"'{path}' cannot be read ({type(error).__name__}: {error}); expected "
            '{"labels": [{"value": 1, "name": "liver"}, ...]}'
        ) from error


def label_table(names: dict[int, str], classes: tuple[str, ...]) -> np.ndarray:
    """(256,) uint8: 1 + the place in `classes` of each value's name, 0 for background, VOID for other values."""
    table = np.full(256, VOID, np.uint8)
    for value, name in names.items():
        table[value] = 1 + classes.index(name) if name in classes else 0
    return table


def _camera(clip: Path, missing: list[str]) -> Camera | None:
    if not (clip / "camera.json").is_file():
        missing.append(f"'{clip / 'camera.json'}' is missing")
        return None
    try:
        return load_camera(clip / "camera.json")
    except CameraError as error:
        raise InputError(str(error)) from error


def _poses(clip: Path, frames: int, missing: list[str]) -> np.ndarray | None:
    path = clip / "poses.json"
    if not path.is_file():
        missing.append(f"'{path}' is missing")
        return None
    try:
        poses = np.array(json.loads(path.read_text(encoding="utf-8"))["world_from_camera"], np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{path}' cannot be read ({type(error).__name__}: {error}); expected 4 x 4 poses") from error
    if poses.shape != (frames, 4, 4):
        raise InputError(f"'{path}' holds poses of shape {poses.shape}; expected ({frames}, 4, 4), one a frame")
    return poses


DATASET = DatasetDescription(
    name="phantoms",
    title="procedural phantoms of this project",
    url=URL,
    licence="yours",
    citation="EndoDepth",
    weights=WeightsUse.ANY,
    truth="exact depth, labels, camera, poses",
    layout=LAYOUT,
    protocols=(Protocol("all", "every frame, no cap"),),
    read=read,
)
