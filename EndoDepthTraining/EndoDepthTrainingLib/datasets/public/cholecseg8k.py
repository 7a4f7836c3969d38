"""CholecSeg8k (Hong et al. 2020): 8,080 labelled frames of 17 laparoscopic cholecystectomies of Cholec80."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthTrainingLib.datasets.public.decoding import LabelPicture, Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, Split, WeightsUse
from EndoDepthTrainingLib.datasets.public.listing import (
    VOID,
    ListedFrame,
    Listing,
    checked_folder,
    counterparts,
    files_with,
    index_in,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

VALUES: dict[int, str] = {
    11: "abdominal wall",
    21: "liver",
    13: "gastrointestinal tract",
    12: "fat",
    31: "grasper",
    23: "connective tissue",
    24: "blood",
    25: "cystic duct",
    32: "l-hook electrocautery",
    22: "gallbladder",
    33: "hepatic vein",
    5: "liver ligament",
}
"""Value of each class in *_watershed_mask.png; 50 is black background, what else occurs is the rim of an annotation."""

BACKGROUND = 50
VIDEOS = (1, 9, 12, 17, 18, 20, 24, 25, 26, 27, 28, 35, 37, 43, 48, 52, 55)
LAYOUT = ("video01/video01_00080/frame_80_endo.png", "video01/video01_00080/frame_80_endo_watershed_mask.png")
URL = "https://www.kaggle.com/datasets/newslab/cholecseg8k"
_PICTURE, _MASK = "_endo", "_endo_watershed_mask"


def read(folder: Path) -> Listing:
    """All clips; sequence: "video01/video01_00080" (80 frames in a row). Raises InputError for another layout."""
    table = np.full(256, VOID, np.uint8)
    table[BACKGROUND] = 0
    for label, value in enumerate(VALUES, start=1):
        table[value] = label
    missing: list[str] = []
    frames: list[ListedFrame] = []
    videos = set()
    for video in subfolders(checked_folder(folder), "video*"):
        for clip in subfolders(video):
            pictures = {p.stem.removesuffix(_PICTURE): p for p in files_with(clip, (".png",), f"*{_PICTURE}.png")}
            found = {p.stem.removesuffix(_MASK): p for p in files_with(clip, (".png",), f"*{_MASK}.png")}
            masks = counterparts(pictures, found, "mask", missing, clip)
            videos.add(video.name)
            for place, (stem, path) in enumerate(pictures.items()):
                sequence = f"{video.name}/{clip.name}"
                labels = LabelPicture(masks[stem], table) if stem in masks else None
                sample = Sample(f"{sequence}/{stem}", sequence, index_in(stem, place), Picture(path), labels=labels)
                frames.append(ListedFrame(sample, (path, masks[stem]) if stem in masks else (path,)))
    if not frames:
        raise wrong_layout(folder, "holds no video*/video*_*/frame_*_endo.png", LAYOUT, URL)
    absent = tuple(f"video{number:02d}" for number in VIDEOS if f"video{number:02d}" not in videos)
    return Listing(f"{len(videos)} videos", tuple(frames), tuple(VALUES.values()), tuple(missing), absent)


DATASET = DatasetDescription(
    name="cholecseg8k",
    title="CholecSeg8k: semantic segmentation of laparoscopic cholecystectomy based on Cholec80",
    url=URL,
    licence="CC BY-NC-SA 4.0",
    citation="W.-Y. Hong et al., CholecSeg8k, arXiv:2012.12453; A. P. Twinanda et al., EndoNet (Cholec80), IEEE TMI 36 "
    "(2017)",
    weights=WeightsUse.RESEARCH,
    truth="labels of twelve structures",
    layout=LAYOUT,
    protocols=(
        Protocol("all", "every frame"),
        Protocol(
            "by-video",
            "videos 12, 20, 48 and 55 are the test set; ours: papers do not agree on one",
            (
                Split("train", tuple(f"video{n:02d}/*" for n in VIDEOS if n not in (12, 20, 48, 55))),
                Split("test", ("video12/*", "video20/*", "video48/*", "video55/*")),
            ),
        ),
    ),
    read=read,
    caveats=("frames of a clip are near-duplicates: split by video, never by frame",),
)
