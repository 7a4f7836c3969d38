"""SimCol3D (Rau et al. 2023): synthetic colonoscopy in three anatomies, dense depth and poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.depth_references import SIMCOL_MAX_DEPTH_MM, SIMCOL_MM_PER_COUNT
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
    index_in,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.numbers_in_text import rows_of_numbers
from EndoDepthTrainingLib.datasets.public.poses import pose_matrix
from EndoDepthTrainingLib.datasets.public.sample import Sample

SIZE_PX = 475
TRAJECTORIES = {
    "SyntheticColon_I": tuple(f"S{number}" for number in range(1, 16)),
    "SyntheticColon_II": tuple(f"B{number}" for number in range(1, 16)),
    "SyntheticColon_III": ("O1", "O2", "O3"),
}
LAYOUT = (
    "SyntheticColon_I/Frames_S1/FrameBuffer_0000.png",
    "SyntheticColon_I/Frames_S1/Depth_0000.png (16 bit, 0 to 20 cm)",
    "SyntheticColon_I/SavedPosition_S1.txt",
    "SyntheticColon_I/SavedRotationQuaternion_S1.txt",
    "SyntheticColon_I/cam.txt",
)
URL = "https://doi.org/10.5522/04/24077763"
_MM_PER_CM = 10.0


def read(folder: Path) -> Listing:
    """The trajectories in a folder (the whole set, one SyntheticColon_*, or one folder of frames).

    sequence: "SyntheticColon_I/S1". Raises InputError when the layout is another.
    """
    trajectories = _trajectories(checked_folder(folder))
    if not trajectories:
        raise wrong_layout(folder, "holds no FrameBuffer_*.png", LAYOUT, URL)
    missing: list[str] = []
    frames = [frame for path in trajectories for frame in _read_trajectory(path, folder, missing)]
    present = {frame.sample.sequence for frame in frames}
    wanted = [f"{colon}/{name}" for colon, names in TRAJECTORIES.items() for name in names]
    absent = tuple(f"trajectory {name}" for name in wanted if name not in present)
    layout = "one folder of frames" if trajectories == [folder] else f"{len(trajectories)} trajectories"
    return Listing(layout, tuple(frames), (), tuple(missing), absent)


def _trajectories(folder: Path) -> list[Path]:
    """Folders with frames: this one, Frames_* in it, in its SyntheticColon_*, or in Train/, Val/, Test/ of those."""
    if any(folder.glob("FrameBuffer_*.png")):
        return [folder]
    found = []
    for colon in [folder, *subfolders(folder, "SyntheticColon_*")]:
        for part in [colon, *(each for each in subfolders(colon) if not each.name.startswith("Frames_"))]:
            found += [path for path in subfolders(part, "Frames_*") if any(path.glob("FrameBuffer_*.png"))]
    return list(dict.fromkeys(found))


def _read_trajectory(path: Path, root: Path, missing: list[str]) -> list[ListedFrame]:
    pictures = {file.stem.removeprefix("FrameBuffer_"): file for file in files_with(path, (".png",), "FrameBuffer_*")}
    found = {file.stem.removeprefix("Depth_"): file for file in files_with(path, (".png",), "Depth_*")}
    depths = counterparts(pictures, found, "depth", missing, path)
    colon = next((each for each in (path, *path.parents) if each.name.startswith("SyntheticColon_")), None)
    letter = path.name.removeprefix("Frames_")
    is_alone = path == root or colon is None
    sequence = path.name if is_alone or colon is None else f"{colon.name}/{letter}"
    texts = colon or path.parent
    camera = _camera(texts / "cam.txt")
    poses = _poses(texts, letter, len(pictures), missing, required=not is_alone)
    if camera is None and not is_alone:
        missing.append(f"'{texts / 'cam.txt'}' is missing: no camera")
    frames = []
    for place, (number, file) in enumerate(pictures.items()):
        depth = depths.get(number)
        sample = Sample(
            f"{sequence}/{number}",
            sequence,
            index_in(number, place),
            Picture(file),
            None if depth is None else DepthMap(depth, SIMCOL_MM_PER_COUNT),
            camera=camera,
            world_from_camera_mm=None if poses is None else poses[place],
        )
        frames.append(ListedFrame(sample, (file,) if depth is None else (file, depth)))
    return frames


def _camera(path: Path) -> Camera | None:
    """The camera of cam.txt: nine numbers.

    The published file reads 227.60416 0 227.60416 0 237.5 237.5 0 0 1. Taken for rows of K it would put the principal
    point 10 pixels beside the middle and make pixels oblong, which the renderer's camera was not: the number that
    stands twice for x is the focal length, the one for y the middle of the 475 pixels.
    """
    if not path.is_file():
        return None
    numbers = [value for row in rows_of_numbers(path) for value in row]
    if len(numbers) != 9:
        raise InputError(f"'{path}' holds {len(numbers)} numbers; expected the 9 of a camera matrix")
    fx, fy, cx, cy = numbers[0], numbers[4], numbers[2], numbers[5]
    if fx == cx and fy == cy:
        fx = fy = numbers[0]
        cx = cy = numbers[4]
    return Camera(fx, fy, cx - 0.5, cy - 0.5, SIZE_PX, SIZE_PX)


def _poses(folder: Path, trajectory: str, frames: int, missing: list[str], required: bool) -> np.ndarray | None:
    """(N, 4, 4) world_from_camera in mm. Unity's world is left-handed with y up: both its ends are mirrored in y."""
    files = [folder / f"Saved{kind}_{trajectory}.txt" for kind in ("Position", "RotationQuaternion")]
    lost = [file for file in files if not file.is_file()]
    if lost:
        if required:
            missing.append(f"'{lost[0]}' is missing: no poses of {trajectory}")
        return None
    positions, quaternions = (np.array(rows_of_numbers(file)) for file in files)
    if positions.shape != (frames, 3) or quaternions.shape != (frames, 4):
        raise InputError(
            f"'{files[0]}' and '{files[1].name}' hold {positions.shape} and {quaternions.shape} numbers; "
            f"expected ({frames}, 3) and ({frames}, 4), a row a frame"
        )
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    return np.stack(
        [mirror @ pose_matrix(q, p * _MM_PER_CM) @ mirror for p, q in zip(positions, quaternions, strict=True)]
    )


def _sequences(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{colon}/{letter}{n}" for colon, letter in (("*_I", "S"), ("*_II", "B")) for n in numbers)


CHALLENGE = Protocol(
    "challenge",
    "MICCAI 2022 challenge: trajectories 5, 10, 15 of I and II and all of III are the test set; cap 200 mm",
    (
        Split("train", _sequences(1, 2, 3, 6, 7, 8, 11, 12, 13)),
        Split("val", _sequences(4, 9, 14)),
        Split("test", (*_sequences(5, 10, 15), "*_III/O*")),
    ),
    depth_between(1e-3, SIMCOL_MAX_DEPTH_MM),
)
DATASET = DatasetDescription(
    name="simcol",
    title="SimCol3D: 3D reconstruction during colonoscopy challenge",
    url=URL,
    licence="CC BY-NC-SA 4.0",
    citation="A. Rau et al., SimCol3D: 3D reconstruction during colonoscopy challenge, Medical Image Analysis 96 "
    "(2024), arXiv:2307.11261",
    weights=WeightsUse.RESEARCH,
    truth="dense depth, camera, poses",
    layout=LAYOUT,
    protocols=(Protocol("all", "every frame; cap 200 mm", depth=CHALLENGE.depth), CHALLENGE),
    read=read,
    caveats=(
        "cam.txt is not a camera matrix row by row; it is read as f = 227.6, principal point in the middle",
        "depth saturates at 20 cm",
    ),
)
