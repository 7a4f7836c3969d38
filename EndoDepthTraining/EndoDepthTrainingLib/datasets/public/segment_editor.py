"""Frames with what Slicer's Segment Editor saved beside them (.seg.nrrd): segment names are the classes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES, image_size
from EndoDepthTrainingLib.datasets.public.decoding import Picture
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
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.nrrd import nrrd_pairs, read_nrrd
from EndoDepthTrainingLib.datasets.public.sample import Sample

ENDING = ".seg.nrrd"
LAYOUT = (
    "frames/000000.png",
    "segmentations/000000.seg.nrrd",
    "(or both in one folder; a frame without a segmentation is not labelled)",
)
URL = "3D Slicer: save the segmentation of each frame under the frame's name"


VOID_NAME = "void"
"""A segment of this name marks pixels that nobody labelled: 255."""


@dataclass(frozen=True)
class Segment:
    """A structure in a file: the value its pixels have in a layer."""

    name: str
    value: int
    layer: int


@dataclass(frozen=True)
class SegmentedFrame:
    """Reads labels (H, W) uint8: 0 none, i + 1 the i-th of `classes`, on the grid of the frame (width, height).

    Slicer may save the part of the frame that is marked only; the rest is 0 then. Raises InputError for a segmentation
    of another size, turned against the frame, or of more than one slice.
    """

    path: Path
    classes: tuple[str, ...]
    width: int
    height: int

    def __call__(self) -> np.ndarray:
        """The labels."""
        file = read_nrrd(self.path)
        layers = file.array if file.array.ndim == 4 else file.array[..., None]
        if layers.ndim != 4 or layers.shape[0] != 1:
            raise InputError(f"'{self.path}' is {file.array.shape}; expected one slice, the frame")
        _check_upright(self.path, file.fields)
        height, width = layers.shape[1:3]
        offset = file.pairs.get("Segmentation_ReferenceImageExtentOffset", "0 0 0").split()
        x, y = int(offset[0]), int(offset[1])
        if x < 0 or y < 0 or x + width > self.width or y + height > self.height:
            raise InputError(
                f"'{self.path}' covers {width}x{height} pixels from ({x}, {y}); its frame is {self.width}x{self.height}"
            )
        if (x, y) == (0, 0) and "Segmentation_ReferenceImageExtentOffset" not in file.pairs:
            _check_same_size(self, width, height)
        labels = np.zeros((self.height, self.width), np.uint8)
        for segment in segments(file.pairs):
            if segment.layer >= layers.shape[3]:
                raise InputError(
                    f"'{self.path}' has no layer {segment.layer}, where segment '{segment.name}' should be"
                )
            marked = layers[0, ..., segment.layer] == segment.value
            label = VOID if segment.name == VOID_NAME else 1 + self.classes.index(segment.name)
            labels[y : y + height, x : x + width][marked] = label
        return labels


def read(folder: Path) -> Listing:
    """The frames of a folder; classes: all segment names, in the order they are met. Raises InputError."""
    frames_folder = next((folder / n for n in ("frames", "images") if (checked_folder(folder) / n).is_dir()), folder)
    pictures = by_stem(files_with(frames_folder, IMAGE_SUFFIXES))
    if not pictures:
        raise wrong_layout(folder, "holds no picture", LAYOUT, URL)
    place = next((folder / name for name in ("segmentations", "labels") if (folder / name).is_dir()), frames_folder)
    found = {path.name.removesuffix(ENDING): path for path in files_with(place, (".nrrd",), f"*{ENDING}")}
    if not found:
        raise wrong_layout(folder, f"holds {len(pictures)} pictures and no {ENDING}", LAYOUT, URL)
    missing: list[str] = []
    paired = counterparts(pictures, found, "segmentation", missing, place)
    missing = [line for line in missing if "frames have no" not in line]  # not every frame is annotated
    names: dict[str, None] = {}
    for path in paired.values():
        names.update(dict.fromkeys(segment.name for segment in segments(nrrd_pairs(path))))
    classes = tuple(name for name in names if name != VOID_NAME)
    frames = []
    for number, (stem, path) in enumerate(pictures.items()):
        labels = SegmentedFrame(paired[stem], classes, *image_size(path)) if stem in paired else None
        sample = Sample(stem, folder.name, index_in(stem, number), Picture(path), labels=labels)
        frames.append(ListedFrame(sample, (path, paired[stem]) if stem in paired else (path,)))
    layout = f"{len(pictures)} frames, {len(paired)} of them annotated"
    return Listing(layout, tuple(frames), classes, tuple(missing))


def segments(pairs: dict[str, str]) -> list[Segment]:
    """The segments a header names, in its order. Segments without a value or layer have 1 and 0 (Slicer 4.10)."""
    numbers = sorted(int(match[1]) for key in pairs if (match := re.fullmatch(r"Segment(\d+)_Name", key)))
    return [
        Segment(
            pairs[f"Segment{number}_Name"].strip(),
            int(pairs.get(f"Segment{number}_LabelValue", "1")),
            int(pairs.get(f"Segment{number}_Layer", "0")),
        )
        for number in numbers
    ]


def _check_same_size(frame: SegmentedFrame, width: int, height: int) -> None:
    if (width, height) != (frame.width, frame.height):
        raise InputError(
            f"'{frame.path}' is {width}x{height}; its frame is {frame.width}x{frame.height}: expected the same size"
        )


def _check_upright(path: Path, fields: dict[str, str]) -> None:
    """Columns must run to the patient's left and rows to posterior, as a picture lies in Slicer."""
    vectors = re.findall(r"\(([^)]*)\)", fields.get("space directions", ""))[-3:]
    if len(vectors) < 2:
        return
    sign = -1.0 if fields.get("space", "").lower() in ("right-anterior-superior", "ras") else 1.0
    for axis, vector in enumerate(vectors[:2]):
        numbers = [sign * float(number) for number in vector.split(",")]
        if not numbers[axis] > 0.9 * float(np.linalg.norm(numbers)):
            raise InputError(
                f"'{path}' is turned against its frame (axis {axis} runs along {vector}); segment the frame"
            )


DATASET = DatasetDescription(
    name="segment-editor",
    title="frames annotated in 3D Slicer's Segment Editor",
    url=URL,
    licence="yours",
    citation="3D Slicer: https://www.slicer.org",
    weights=WeightsUse.YOURS,
    truth="labels: the segments' names",
    layout=LAYOUT,
    protocols=(Protocol("all", "every frame"),),
    read=read,
)
