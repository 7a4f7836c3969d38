"""C3VD (Bobrow et al. 2023) and C3VDv2 (Golhar et al. 2025): a colonoscope in silicone colons, depth registered."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera
from EndoDepthTrainingLib.datasets.public.decoding import DepthMap, Picture
from EndoDepthTrainingLib.datasets.public.description import (
    DatasetDescription,
    Protocol,
    Split,
    WeightsUse,
    depth_between,
)
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    checked_folder,
    counterparts,
    files_with,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.numbers_in_text import rows_of_numbers
from EndoDepthTrainingLib.datasets.public.omnidirectional import OmnidirectionalCamera, read_omnidirectional
from EndoDepthTrainingLib.datasets.public.sample import Sample

MM_PER_COUNT = 100.0 / 65535.0
MAX_DEPTH_MM = 100.0
INTRINSICS = "camera_intrinsics.txt"
V1_CAMERA = OmnidirectionalCamera(
    1350,
    1080,
    678.544839263292,
    542.975887548343,
    (769.243600037458, 0.0, -0.000812770624150226, 6.25674244578925e-07, -1.19662182144280e-09),
)
"""Of the Olympus CF-HQ190L, as published with the data."""

V1_SEQUENCES = (
    *("cecum_t1_a", "cecum_t1_b", "cecum_t2_a", "cecum_t2_b", "cecum_t2_c", "cecum_t3_a", "cecum_t4_a", "cecum_t4_b"),
    *("desc_t4_a", "sigmoid_t1_a", "sigmoid_t2_a", "sigmoid_t3_a", "sigmoid_t3_b"),
    *("trans_t1_a", "trans_t1_b", "trans_t2_a", "trans_t2_b", "trans_t2_c"),
    *("trans_t3_a", "trans_t3_b", "trans_t4_a", "trans_t4_b"),
)
V1_LAYOUT = (
    "cecum_t1_a/0000_color.png (or 0_color.png)",
    "cecum_t1_a/0000_depth.tiff (16 bit, 0 to 100 mm)",
    "cecum_t1_a/pose.txt",
)
V2_LAYOUT = (
    "c1_cecum_t1_v1/rgb/0000.png",
    "c1_cecum_t1_v1/depth/0000_depth.tiff (16 bit, 0 to 100 mm)",
    "c1_cecum_t1_v1/pose.txt",
    INTRINSICS,
)
V1_URL = "https://durrlab.github.io/C3VD"
V2_URL = "https://durrlab.github.io/C3VDv2 (doi 10.7281/T1/JC64MK)"


def read_v1(folder: Path) -> Listing:
    """C3VD; sequence: "cecum_t1_a" (also where the folder ends in _under_review). Raises InputError."""
    listing = _read(folder, V1_LAYOUT, V1_URL, V1_CAMERA.fisheye())
    present = {frame.sample.sequence for frame in listing.frames}
    absent = tuple(f"sequence {name}" for name in V1_SEQUENCES if name not in present)
    return Listing(listing.layout, listing.frames, (), listing.missing, absent)


def read_v2(folder: Path) -> Listing:
    """C3VDv2: registered videos, and the others without depth. Raises InputError."""
    file = checked_folder(folder) / INTRINSICS
    listing = _read(folder, V2_LAYOUT, V2_URL, read_omnidirectional(file).fisheye() if file.is_file() else None)
    missing = listing.missing if file.is_file() else (*listing.missing, f"'{file}' is missing: no camera")
    return Listing(listing.layout, listing.frames, (), missing)


def _read(folder: Path, layout: tuple[str, ...], url: str, camera: Camera | None) -> Listing:
    missing: list[str] = []
    frames: list[ListedFrame] = []
    sequences = 0
    outer = subfolders(checked_folder(folder))
    for path in [*outer, *(inner for part in outer for inner in subfolders(part))]:
        pictures = _numbered(path / "rgb", "png") or _numbered(path, "png", "color")
        if pictures:
            sequences += 1
            frames += _read_sequence(path, pictures, camera, missing)
    if not frames:
        raise wrong_layout(folder, "holds no sequence", layout, url)
    return Listing(f"{sequences} sequences", tuple(frames), (), tuple(missing))


def _numbered(folder: Path, suffix: str, kind: str = "") -> dict[str, Path]:
    """Files "NUMBER[_kind].suffix" by number, without leading zeros: colour and depth do not agree on those."""
    ending = f"_{kind}" if kind else ""
    files = files_with(folder, (f".{suffix}",), f"*{ending}.{suffix}")
    matched = ((re.fullmatch(rf"(\d+){ending}", file.stem), file) for file in files)
    return {str(int(match[1])): file for match, file in matched if match}


def _read_sequence(
    path: Path, pictures: dict[str, Path], camera: Camera | None, missing: list[str]
) -> list[ListedFrame]:
    place = path / "depth" if (path / "depth").is_dir() else path
    found = _numbered(place, "tiff", "depth")
    # Deformation and screening videos have no depth at all.
    depths = counterparts(pictures, found, "depth", missing, place) if found or place != path else {}
    poses = _poses(path / "pose.txt", missing)
    sequence = re.sub("_under_review$", "", path.name)
    frames = []
    for number, picture in pictures.items():
        index = int(number)
        if poses is not None and index >= len(poses):
            raise InputError(f"'{path / 'pose.txt'}' has {len(poses)} poses; frame {index} of {sequence} has none")
        depth = depths.get(number)
        sample = Sample(
            f"{sequence}/{number}",
            sequence,
            index,
            Picture(picture),
            None if depth is None else DepthMap(depth, MM_PER_COUNT),
            camera=camera,
            world_from_camera_mm=None if poses is None else poses[index],
        )
        frames.append(ListedFrame(sample, (picture,) if depth is None else (picture, depth)))
    return frames


def _poses(path: Path, missing: list[str]) -> np.ndarray | None:
    """(N, 4, 4) world_from_camera in mm: rows of 16 numbers, column after column."""
    if not path.is_file():
        missing.append(f"'{path}' is missing: no poses")
        return None
    rows = rows_of_numbers(path)
    if any(len(row) != 16 for row in rows):
        raise InputError(f"'{path}' has a row of {next(len(r) for r in rows if len(r) != 16)} numbers; expected 16")
    return np.array(rows).reshape(-1, 4, 4).transpose(0, 2, 1)


_CAP = depth_between(1e-3, MAX_DEPTH_MM)
_CAVEATS = (
    "depth stops at 100 mm: what is farther reads 100 and lies outside the cap",
    "pictures are fisheye and not rectified: the camera is a Kannala-Brandt fit of the published omnidirectional one "
    "(without its affine part); a pinhole is wrong by tens of pixels at the rim",
)
DATASETS = (
    DatasetDescription(
        name="c3vd",
        title="C3VD: colonoscopy 3D video dataset with paired depth from 2D-3D registration",
        url=V1_URL,
        licence="CC BY-NC-SA 4.0",
        citation="T. L. Bobrow et al., Colonoscopy 3D video dataset with paired depth from 2D-3D registration, Medical "
        "Image Analysis 90 (2023) 102956",
        weights=WeightsUse.RESEARCH,
        truth="depth, camera (fisheye), poses",
        layout=V1_LAYOUT,
        protocols=(
            Protocol("all", "every frame, cap 100 mm", depth=_CAP),
            Protocol(
                "texture-4-out",
                "texture t4 is the test set (it has the only descending colon); ours: papers do not agree on one",
                (Split("train", ("*_t1_*", "*_t2_*", "*_t3_*")), Split("test", ("*_t4_*",))),
                _CAP,
            ),
        ),
        read=read_v1,
        caveats=_CAVEATS,
    ),
    DatasetDescription(
        name="c3vdv2",
        title="C3VDv2: colonoscopy 3D video dataset with enhanced realism",
        url=V2_URL,
        licence="stated beside each file in the repository (c0 is C3VD's CC BY-NC-SA 4.0): read it there",
        citation="M. V. Golhar et al., C3VDv2: colonoscopy 3D video dataset with enhanced realism, arXiv:2506.24074",
        weights=WeightsUse.RESEARCH,
        truth="depth (registered videos), camera (fisheye), poses",
        layout=V2_LAYOUT,
        protocols=(
            Protocol("all", "every frame, cap 100 mm", depth=_CAP),
            Protocol("clean", "registered videos without debris", (Split("all-clean", ("*_v1", "*_v2")),), _CAP),
            Protocol(
                "colon-2-out",
                "colon c2 is the test set; ours",
                (Split("train", ("c1_*",)), Split("test", ("c2_*",))),
                _CAP,
            ),
        ),
        read=read_v2,
        caveats=(*_CAVEATS, "depth of videos with debris (v3) is that of the clean colon"),
    ),
)
