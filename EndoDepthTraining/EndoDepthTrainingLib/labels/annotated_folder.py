"""A folder of frames with Segment Editor's files beside them: NAME.png (or jpg, tif, bmp) and NAME.seg.nrrd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.pairing import natural_key
from EndoDepthLib.prompts import term_key
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES
from EndoDepthTrainingLib.datasets.public.decoding import Picture
from EndoDepthTrainingLib.datasets.public.segment_editor import VOID_NAME
from EndoDepthTrainingLib.labels.seg_nrrd import SUFFIX, Segments, read_seg_nrrd
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS


@dataclass(frozen=True)
class LabelledFrame:
    """A frame in full size, image (H, W, 3) uint8 RGB, and what is marked in it."""

    name: str
    image: np.ndarray
    segments: Segments


@dataclass(frozen=True)
class FrameFiles:
    """The frames of a folder: those with segments, and those that still have none; in natural order of their names."""

    folder: Path
    labelled: tuple[tuple[Path, Path], ...]
    unlabelled: tuple[Path, ...]


def list_frames(folder: Path) -> FrameFiles:
    """What lies in a folder. Raises InputError when it is missing or holds no picture."""
    if not folder.is_dir():
        state = "is a file" if folder.exists() else "is not there"
        raise InputError(f"'{folder}' {state}; expected a folder of frames with NAME{SUFFIX} beside NAME.png")
    files = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=_by_name)
    pictures = [path for path in files if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    segments = {path.name.removesuffix(SUFFIX): path for path in files if path.name.endswith(SUFFIX)}
    if not pictures:
        raise InputError(f"'{folder}' holds no picture; expected frames as png, jpg, tif or bmp")
    labelled = tuple((path, segments[path.stem]) for path in pictures if path.stem in segments)
    if segments and not labelled:
        first = next(iter(segments.values())).name
        raise InputError(
            f"none of the {len(segments)} segmentations in '{folder}' belongs to one of its {len(pictures)} frames: "
            f"the first are '{first}' and '{pictures[0].name}'; expected the same names"
        )
    return FrameFiles(folder, labelled, tuple(path for path in pictures if path.stem not in segments))


def read_labelled(files: FrameFiles, skipped: list[str] | None = None) -> list[LabelledFrame]:
    """The labelled frames of a folder.

    Raises InputError when there is none, and for a picture or segmentation that cannot be used; with `skipped` such a
    frame is left out, and what is wrong with it added there.
    """
    if not files.labelled:
        raise InputError(
            f"no frame in '{files.folder}' is labelled ({len(files.unlabelled)} are not); expected NAME{SUFFIX} beside "
            "NAME.png, as Segment Editor saves it"
        )
    frames = []
    for path, segmentation in files.labelled:
        try:
            image = whole_picture(path)
            segments = read_seg_nrrd(segmentation, (image.shape[1], image.shape[0]))
        except InputError as error:
            if skipped is None:
                raise InputError(f"{error}; or leave such frames out with --skip-damaged") from error
            skipped.append(str(error))
            continue
        frames.append(LabelledFrame(path.stem, image, segments))
    return frames


def whole_picture(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB. Raises InputError, also for a file that is cut and would decode half grey."""
    return Picture(path)()


def labels_for(segments: Segments, prompts: Sequence[str]) -> np.ndarray:
    """(H, W) uint8 labels of these prompts, as losses.label_cross_entropy takes them.

    A frame whose segments name every prompt is labelled all over: the rest is "none of these". One that names a single
    prompt says of the rest only that it is not this one; one that names some says nothing of the rest.
    """
    keys = [term_key(prompt) for prompt in prompts]
    named = [term_key(name) for name in segments.names]
    present = [value for value, key in enumerate(keys, start=1) if key in named]
    if len(present) == len(keys):
        rest = 0
    else:
        rest = NOT_CLASS + present[0] if len(present) == 1 else IGNORE
    table = np.full(256, rest, np.uint8)
    for number, key in enumerate(named, start=1):
        # What is marked as something that was not asked for is none of what was.
        table[number] = IGNORE if key == VOID_NAME else 1 + keys.index(key) if key in keys else 0
    return table[segments.labels]


def _by_name(path: Path) -> list[tuple[int, int | str]]:
    return natural_key(path.name)
