"""Dresden Surgical Anatomy Dataset (Carstens et al. 2023): 13,195 frames of robotic rectal resections."""

from __future__ import annotations

import re
from pathlib import Path

from EndoDepthTrainingLib.datasets.public.decoding import BinaryMasks, Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, Split, WeightsUse
from EndoDepthTrainingLib.datasets.public.listing import (
    VOID,
    ListedFrame,
    Listing,
    checked_folder,
    counterparts,
    files_with,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

ORGANS = (
    "abdominal_wall",
    "colon",
    "inferior_mesenteric_artery",
    "intestinal_veins",
    "liver",
    "pancreas",
    "small_intestine",
    "spleen",
    "stomach",
    "ureter",
    "vesicular_glands",
)
CLASSES = tuple(organ.replace("_", " ") for organ in ORGANS)
MULTILABEL = "multilabel"
LAYOUT = (
    "liver/01/image00.png",
    "liver/01/mask00.png",
    "multilabel/01/image00.png",
    "multilabel/01/mask00_liver.png",
)
URL = "https://springernature.figshare.com/articles/dataset/21702600 (doi 10.1038/s41597-022-01719-2)"
_VALIDATION = (3, 21, 26)
_TEST = (2, 7, 11, 13, 14, 18, 20, 32)
_TRAIN = tuple(number for number in range(1, 33) if number not in (*_VALIDATION, *_TEST))


def read(folder: Path) -> Listing:
    """Frames of every organ and of the multilabel subset; sequence: "liver/01" (organ, surgery).

    Where only one organ was labelled, the rest of the picture is void (255), since it may hold the others; in the
    multilabel subset it is 0. Raises InputError for another layout.
    """
    missing: list[str] = []
    frames: list[ListedFrame] = []
    present = []
    for part in subfolders(checked_folder(folder)):
        if part.name in (*ORGANS, MULTILABEL):
            present.append(part.name)
            for surgery in subfolders(part, "[0-9]*"):
                frames += _read_surgery(surgery, part.name, missing)
    if not frames:
        raise wrong_layout(folder, "holds no ORGAN/NN/image*.png", LAYOUT, URL)
    absent = tuple(f"{name}/" for name in (*ORGANS, MULTILABEL) if name not in present)
    return Listing(f"{len(present)} of 12 parts", tuple(frames), CLASSES, tuple(missing), absent)


def _read_surgery(folder: Path, part: str, missing: list[str]) -> list[ListedFrame]:
    pictures = {p.stem.removeprefix("image"): p for p in files_with(folder, (".png",), "image*.png")}
    masks: dict[str, list[tuple[int, Path]]] = {}
    for path in files_with(folder, (".png",), "mask*.png"):
        match = re.fullmatch(r"mask(\d+)(?:_(\w+))?", path.stem)
        organ = (match[2] or part) if match else ""
        if match and organ in ORGANS:
            masks.setdefault(match[1], []).append((1 + ORGANS.index(organ), path))
    counterparts(pictures, {number: found[0][1] for number, found in masks.items()}, "mask", missing, folder)
    sequence = f"{part}/{folder.name}"
    frames = []
    for place, (number, picture) in enumerate(pictures.items()):
        found = masks.get(number, [])
        paths = tuple(path for _, path in found)
        rest = 0 if part == MULTILABEL else VOID
        labels = BinaryMasks(paths, tuple(label for label, _ in found), rest) if found else None
        sample = Sample(f"{sequence}/{number}", sequence, place, Picture(picture), labels=labels)
        frames.append(ListedFrame(sample, (picture, *paths)))
    return frames


def _surgeries(numbers: tuple[int, ...], part: str) -> tuple[str, ...]:
    return tuple(f"{part}/{number:02d}" for number in numbers)


def _protocol(name: str, summary: str, part: str) -> Protocol:
    return Protocol(
        name,
        summary,
        tuple(
            Split(split, _surgeries(numbers, part))
            for split, numbers in (("train", _TRAIN), ("val", _VALIDATION), ("test", _TEST))
        ),
    )


DATASET = DatasetDescription(
    name="dsad",
    title="Dresden Surgical Anatomy Dataset for abdominal organ segmentation",
    url=URL,
    licence="CC BY 4.0",
    citation="M. Carstens et al., The Dresden Surgical Anatomy Dataset for abdominal organ segmentation in surgical "
    "data science, Scientific Data 10 (2023) 3; split: F. R. Kolbinger et al., Int. J. Surgery 109 (2023)",
    weights=WeightsUse.ANY,
    truth="labels of eleven organs",
    layout=LAYOUT,
    protocols=(
        _protocol("multilabel", "frames with all organs labelled; by surgery (Kolbinger et al. 2023)", MULTILABEL),
        _protocol("by-surgery", "all frames, the same split", "*"),
    ),
    read=read,
    is_video=False,
    caveats=(
        "in the folders of one organ nothing is known of the others: void",
        "masks of some organs overlap by pixels",
    ),
)
