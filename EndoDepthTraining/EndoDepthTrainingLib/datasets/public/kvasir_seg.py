"""Kvasir-SEG (Jha et al. 2020): 1,000 colonoscopy frames with polyps."""

from __future__ import annotations

from pathlib import Path

from EndoDepthTrainingLib.datasets.public.decoding import BinaryMasks, Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, Split, WeightsUse
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    by_stem,
    checked_folder,
    counterparts,
    files_with,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

FRAMES = 1000
LAYOUT = ("images/NAME.jpg", "masks/NAME.jpg (or .png)", "or the same two folders inside train/ and validation/")
URL = "https://datasets.simula.no/kvasir-seg"
_SUFFIXES = (".jpg", ".png", ".jpeg")


def read(folder: Path) -> Listing:
    """All frames; sequence: "images", or the name of the part ("train"). Label 1: polyp. Raises InputError."""
    checked_folder(folder)
    parts = [folder] if (folder / "images").is_dir() else subfolders(folder)
    parts = [part for part in parts if (part / "images").is_dir()]
    if not parts:
        raise wrong_layout(folder, "holds no images/", LAYOUT, URL)
    missing: list[str] = []
    frames: list[ListedFrame] = []
    for part in parts:
        sequence = "images" if part == folder else part.name
        pictures = by_stem(files_with(part / "images", _SUFFIXES))
        found = by_stem(files_with(part / "masks", _SUFFIXES))
        masks = counterparts(pictures, found, "mask", missing, part / "masks")
        for place, (stem, path) in enumerate(pictures.items()):
            labels = BinaryMasks((masks[stem],), (1,)) if stem in masks else None
            name = stem if part == folder else f"{sequence}/{stem}"
            sample = Sample(name, sequence, place, Picture(path), labels=labels)
            frames.append(ListedFrame(sample, (path, masks[stem]) if stem in masks else (path,)))
    if not frames:
        raise wrong_layout(folder, "holds no picture in images/", LAYOUT, URL)
    absent = (f"{FRAMES - len(frames)} of {FRAMES} frames",) if len(frames) < FRAMES else ()
    return Listing(f"images/ and masks/ in {len(parts)} part(s)", tuple(frames), ("polyp",), tuple(missing), absent)


_LISTS = "get the split of 880 and 120 that the web page links to, or write the file: a name a line"
DATASET = DatasetDescription(
    name="kvasir-seg",
    title="Kvasir-SEG: a segmented polyp dataset",
    url=URL,
    licence="research and education by its web page, permission needed for commercial use (CC BY 4.0 by HyperKvasir)",
    citation="D. Jha et al., Kvasir-SEG, MMM 2020, arXiv:1911.07069; H. Borgli et al., HyperKvasir, Scientific Data 7 "
    "(2020) 283",
    weights=WeightsUse.RESEARCH,
    truth="labels: polyp",
    layout=LAYOUT,
    protocols=(
        Protocol("all", "every frame"),
        Protocol("folders", "as the folders say", (Split("train", ("train",)), Split("validation", ("validation",)))),
        Protocol(
            "published",
            "880 frames to train, 120 to validate",
            (
                Split("train", frame_list="train.txt", list_source=_LISTS, frames=880),
                Split("val", frame_list="val.txt", list_source=_LISTS, frames=120),
            ),
        ),
    ),
    read=read,
    is_video=False,
    caveats=("burnt-in text, a green inset in a corner, black corners", "JPEG masks have grey rims: cut at 128"),
)
