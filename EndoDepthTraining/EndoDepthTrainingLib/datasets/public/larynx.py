"""Laves et al. 2019: labelled frames of laryngeal surgery, five sequences of two patients."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthLib.evaluation import KNOWN_LAYOUTS
from EndoDepthTrainingLib.datasets.public.decoding import LabelPicture, Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, Split, WeightsUse
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

CLASSES = KNOWN_LAYOUTS["larynx"][1:]
"""Of the mask values 1, 2, ...; 0 is void."""

SEQUENCES = ("patient1_seq1", "patient1_seq2", "patient1_seq4", "patient2_seq7", "patient2_seq8")
LAYOUT = ("patient1_seq1/images/0001.jpg", "patient1_seq1/masks/0001.png (0 void, 1 .. 6)")
URL = "https://github.com/imesluh/vocalfolds"


def read(folder: Path) -> Listing:
    """All sequences; labels: CLASSES, void 255. Raises InputError when the layout is another."""
    sequences = [path for path in subfolders(checked_folder(folder)) if (path / "images").is_dir()]
    if not sequences:
        raise wrong_layout(folder, "holds no sequence with images/ and masks/", LAYOUT, URL)
    table = np.full(256, VOID, np.uint8)
    for label in range(1, 1 + len(CLASSES)):
        table[label] = label
    frames: list[ListedFrame] = []
    missing: list[str] = []
    for sequence in sequences:
        pictures = by_stem(files_with(sequence / "images", (".jpg", ".png")))
        found = by_stem(files_with(sequence / "masks", (".png",)))
        masks = counterparts(pictures, found, "mask", missing, sequence / "masks")
        for place, (stem, path) in enumerate(pictures.items()):
            sample = Sample(
                f"{sequence.name}/{stem}",
                sequence.name,
                index_in(stem, place),
                Picture(path),
                labels=LabelPicture(masks[stem], table) if stem in masks else None,
            )
            frames.append(ListedFrame(sample, (path, masks[stem]) if stem in masks else (path,)))
    present = {sequence.name for sequence in sequences}
    absent = tuple(f"sequence {name}" for name in SEQUENCES if name not in present)
    return Listing("sequences with images/ and masks/", tuple(frames), CLASSES, tuple(missing), absent)


def _fold(left_out: str) -> Protocol:
    rest = tuple(name for name in SEQUENCES if name != left_out)
    return Protocol(
        f"without-{left_out}",
        f"{left_out} is left out of training",
        (Split("train", rest), Split("test", (left_out,))),
    )


DATASET = DatasetDescription(
    name="larynx",
    title="Vocal folds: semantic segmentation of human larynx endoscopy (Laves et al.)",
    url=URL,
    licence="CC BY 4.0",
    citation="M.-H. Laves et al., A dataset of laryngeal endoscopic images with comparative study on convolution "
    "neural network-based semantic segmentation, IJCARS 14 (2019), arXiv:1807.06081",
    weights=WeightsUse.ANY,
    truth="labels of six structures",
    layout=LAYOUT,
    protocols=(Protocol("all", "every frame"), *map(_fold, SEQUENCES)),
    read=read,
    caveats=("frames of a sequence are near-duplicates: split by sequence, never by frame",),
)
