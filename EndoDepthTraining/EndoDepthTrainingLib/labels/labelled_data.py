"""What a user gives to learn from, as one set of frames of one size: folders of annotated frames, and data sets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.prompts import term_key
from EndoDepthTrainingLib.datasets import FrameSet
from EndoDepthTrainingLib.datasets.public.registry import DATASETS, open_dataset
from EndoDepthTrainingLib.datasets.public.segment_editor import VOID_NAME
from EndoDepthTrainingLib.labels.annotated_folder import (
    LabelledFrame,
    labels_for,
    list_frames,
    read_labelled,
)
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, merged_names
from EndoDepthTrainingLib.losses import IGNORE

STRIDE = 32
PIXELS = 256 * 256
"""About how many pixels frames keep: what the networks are meant to see."""

_COLORS = ((230, 60, 60), (70, 160, 240), (90, 200, 90), (240, 190, 50), (180, 100, 220), (60, 200, 200))


@dataclass(frozen=True)
class LabelledData:
    """Frames of one size with labels of `prompts` (as losses.label_cross_entropy takes them); colors RGB 0..255, one a
    prompt; names (N,) of the frames; skipped: what was wrong with frames that were left out."""

    frames: FrameSet
    prompts: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    names: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def read_labelled_data(
    sources: Sequence[str], prompts: Sequence[str] = (), skip_damaged: bool = False, pixels: int = PIXELS
) -> LabelledData:
    """All labelled frames of `sources`: a folder of annotated frames, or NAME=FOLDER, NAME:SPLIT=FOLDER of a data set.

    prompts: the structures to learn, in this order; none: every one that is marked. Frames become about `pixels` large,
    sides multiples of 32, in the shape most of them have. Raises InputError when a source cannot be used, shows none of
    the prompts in any pixel, or all have but one frame; SettingsError for a prompt that no frame names.
    """
    skipped: list[str] = []
    frames = [
        (f"{number} {source}", frame)
        for number, source in enumerate(sources)
        for frame in _read_source(source, skipped if skip_damaged else None)
    ]
    if len(frames) < 2:
        left_out = f" ({len(skipped)} damaged ones left out)" if skipped else ""
        raise InputError(
            f"'{sources[0]}' gives {len(frames)} labelled frame{left_out}; expected at least 2, so that one can be "
            "held out: label more"
        )
    found = {name: color for name, color in _named(frames).items() if term_key(name) != VOID_NAME}
    chosen = _chosen(prompts, tuple(found))
    size = _common_size([frame.image.shape[:2] for _, frame in frames], pixels)
    labels = np.stack([_shrunk(labels_for(frame.segments, chosen), size) for _, frame in frames])
    _check_marked(labels, chosen, sources)
    images = np.stack([cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA) for _, frame in frames])
    color_from_key = {term_key(name): color for name, color in found.items()}
    return LabelledData(
        FrameSet(images, None, labels, np.array([group for group, _ in frames])),
        chosen,
        tuple(color_from_key[term_key(prompt)] for prompt in chosen),
        tuple(frame.name for _, frame in frames),
        tuple(skipped),
    )


def _read_source(source: str, skipped: list[str] | None) -> list[LabelledFrame]:
    name, equals, folder = source.partition("=")
    name, _, split = name.partition(":")
    if not equals or name not in DATASETS:
        if equals and not Path(source).exists():
            raise SettingsError(
                f"'{source}' is neither a folder nor NAME=FOLDER of a data set; known names: {', '.join(DATASETS)}"
            )
        return read_labelled(list_frames(Path(source)), skipped)
    classes = DATASETS[name].read(Path(folder)).classes
    colors = tuple(_COLORS[number % len(_COLORS)] for number in range(len(classes)))
    frames = []
    for sample in open_dataset(name, Path(folder), _protocol_with(name, split), split or "all"):
        if sample.labels is None:
            continue
        try:
            image, labels = sample.image(), sample.labels()
        except InputError as error:
            if skipped is None:
                raise InputError(f"{error}; or leave such frames out with --skip-damaged") from error
            skipped.append(str(error))
            continue
        # In a data set 255 is what nobody labelled; here it is one more segment.
        void = len(classes) + 1
        segments = Segments(
            np.where(labels == IGNORE, void, labels).astype(np.uint8), (*classes, VOID_NAME), (*colors, (90, 90, 90))
        )
        frames.append(LabelledFrame(sample.name, image, segments))
    if not frames:
        raise InputError(f"the data set '{name}' in '{folder}' has no labels; expected one that names structures")
    return frames


def _protocol_with(name: str, split: str) -> str | None:
    """The first protocol of a data set that has this split; None: its default one, which will say what it has."""
    protocols = DATASETS[name].protocols
    return next((each.name for each in protocols if split in {part.name for part in each.splits}), None)


def data_notices(sources: Sequence[str]) -> list[str]:
    """What must be said of weights that learned from these sources: data sets, their licences, what these let weights
    be used for, and whom to cite. Folders are the user's own."""
    known = [
        DATASETS[name]
        for name in (source.partition("=")[0].partition(":")[0] for source in sources)
        if name in DATASETS
    ]
    return [f"{each.title}: {each.licence}; weights: {each.weights.value}; cite {each.citation}" for each in known]


def _named(frames: Sequence[tuple[str, LabelledFrame]]) -> dict[str, tuple[int, int, int]]:
    """Every structure that is marked somewhere, one spelling each, with its colour."""
    named: dict[str, tuple[int, int, int]] = {}
    keys = set()
    for name, color in merged_names([frame.segments for _, frame in frames]).items():
        if term_key(name) not in keys:
            keys.add(term_key(name))
            named[name] = color
    return named


def _chosen(prompts: Sequence[str], found: tuple[str, ...]) -> tuple[str, ...]:
    if not found:
        raise InputError("the labelled frames name no structure; add segments in Segment Editor, named as prompts")
    if not prompts:
        unnamed = [name for name in found if not term_key(name)]
        if unnamed:
            raise InputError(f"a segment is named '{unnamed[0]}'; expected the name of a structure")
        return found
    keys = [term_key(prompt) for prompt in prompts]
    for prompt, key in zip(prompts, keys, strict=True):
        if key not in {term_key(name) for name in found}:
            raise SettingsError(f"no frame has a segment '{prompt}'; there are: {', '.join(found)}")
        if keys.count(key) > 1:
            raise SettingsError(f"the prompt '{prompt}' is given twice")
    return tuple(prompts)


def _check_marked(labels: np.ndarray, prompts: Sequence[str], sources: Sequence[str]) -> None:
    for value, prompt in enumerate(prompts, start=1):
        if not (labels == value).any():
            raise InputError(
                f"the structure '{prompt}' has no labelled pixel in any of the {len(labels)} frames of "
                f"{', '.join(sources)}; mark it, or leave it out with --prompt"
            )


def _common_size(shapes: Sequence[tuple[int, int]], pixels: int) -> tuple[int, int]:
    """(width, height), multiples of STRIDE, about `pixels` large, of the median aspect ratio; never larger than the
    largest frame needs."""
    aspect = float(np.median([width / height for height, width in shapes]))
    pixels = min(pixels, max(height * width for height, width in shapes))
    width, height = math.sqrt(pixels * aspect), math.sqrt(pixels / aspect)
    return max(STRIDE, round(width / STRIDE) * STRIDE), max(STRIDE, round(height / STRIDE) * STRIDE)


def _shrunk(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT))
