"""The frames of a training folder in the scene: loaded, saved, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthScene.frame_stack import (
    frame_names,
    labels_of_stack,
    make_frame_stack,
    mark_frame,
    marked_frames,
    pixels_of_stack,
    set_labels_of_stack,
    structure_colors,
    structure_names,
    structures_of_stack,
)
from EndoDepthScene.hierarchy import remove_node
from EndoDepthScene.png_files import png_size, read_png
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, read_seg_nrrd, write_seg_nrrd
from EndoDepthTrainingWidgets.annotation.training_folder import TrainingFolder
from EndoDepthWidgets.job.job import Step

HELD_OUT, EMPTY, PROPOSED = "HeldOut", "Empty", "Proposed"
"""Marks of frames: kept for comparisons; shows none of the structures; what is marked is proposed, not reviewed."""

_HELD_OUT_OF = 5


class FrameState(Enum):
    """What is known of a frame."""

    OPEN = "open"
    LABELLED = "labelled"
    PROPOSED = "proposed"


class FrameSet:
    """A stack of frames in the scene and the segmentation over it, which stand for a folder on disk."""

    def __init__(self, volume: Any) -> None:
        self.volume = volume
        self.segmentation = structures_of_stack(volume)

    def remove(self) -> None:
        """Take stack and segmentation out of the scene."""
        for node in (self.segmentation, self.volume):
            if node.GetScene() is not None:
                remove_node(node.GetScene(), node)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the frames, in the order of the slices."""
        return frame_names(self.volume)

    @property
    def structures(self) -> tuple[str, ...]:
        """The names of the segments: the prompts."""
        return structure_names(self.segmentation)

    def labels(self) -> np.ndarray:
        """(N, H, W) uint8, i + 1 = the i-th structure."""
        return labels_of_stack(self.volume, self.segmentation)

    def is_marked(self, name: str, mark: str) -> bool:
        """Whether a frame carries a mark."""
        return name in marked_frames(self.volume, mark)

    def mark(self, name: str, mark: str, is_marked: bool) -> None:
        """Put a mark on a frame, or take it away."""
        mark_frame(self.volume, name, mark, is_marked)

    def proposed(self) -> tuple[str, ...]:
        """The frames whose proposals wait for a review."""
        return marked_frames(self.volume, PROPOSED)

    def states(self, labels: np.ndarray) -> list[FrameState]:
        """What is known of each frame; labels: as `labels()` gives them."""
        proposed, empty = set(self.proposed()), set(marked_frames(self.volume, EMPTY))
        found = []
        for name, plane in zip(self.names, labels, strict=True):
            if name in proposed:
                found.append(FrameState.PROPOSED)
            else:
                found.append(FrameState.LABELLED if name in empty or plane.any() else FrameState.OPEN)
        return found

    def put(self, name: str, segments: Segments | None) -> None:
        """Mark in a frame what these segments say, in place of what is marked there; None: nothing."""
        labels = self.labels()
        self._put_all({name: segments}, labels)

    def put_many(self, segments_from_name: dict[str, Segments]) -> None:
        """`put` for several frames at once."""
        self._put_all(dict(segments_from_name), self.labels())

    def _put_all(self, segments_from_name: dict[str, Segments | None], labels: np.ndarray) -> None:
        names, colors = list(self.structures), list(structure_colors(self.segmentation))
        for name, segments in segments_from_name.items():
            plane = labels[self.names.index(name)]
            plane[:] = 0
            if segments is None:
                continue
            for number, (structure, color) in enumerate(zip(segments.names, segments.colors, strict=True), start=1):
                if structure not in names:
                    names.append(structure)
                    colors.append(color)
                plane[segments.labels == number] = 1 + names.index(structure)
        set_labels_of_stack(self.volume, self.segmentation, labels, names, colors)

    def segments(self, labels: np.ndarray, name: str) -> Segments:
        """What is marked in a frame, every structure of the set named, so that the rest is known to be none of them."""
        return Segments(labels[self.names.index(name)], self.structures, structure_colors(self.segmentation))


def load_steps(scene: Any, folder: TrainingFolder, name: str, loaded: list[FrameSet]) -> Iterator[Step]:
    """Make a stack of the frames of a folder and mark what is labelled; puts the set into `loaded`.

    Frames of another size than the first are left out: a stack has one size. Raises InputError for a folder without
    frames, and for damaged files.
    """
    names = folder.names()
    if not names:
        raise InputError(f"'{folder.folder}' holds no frames (png); pick some from a recording first")
    size = png_size(folder.picture(names[0]))
    kept = [each for each in names if png_size(folder.picture(each)) == size]
    yield Step(0, 2 * len(kept))
    frames = FrameSet(make_frame_stack(scene, name, kept, size))
    try:
        pixels = pixels_of_stack(frames.volume)
        for number, each in enumerate(kept):
            pixels[number] = _rgb(read_png(folder.picture(each)))
            yield Step(number + 1, 2 * len(kept))
        frames.volume.GetImageData().Modified()
        found = {}
        for number, each in enumerate(kept, start=len(kept)):
            if folder.labels(each).is_file():
                found[each] = read_seg_nrrd(folder.labels(each), size)
            yield Step(number + 1, 2 * len(kept))
        frames.put_many(found)
    except BaseException:
        frames.remove()
        raise
    for each in kept:
        frames.mark(each, HELD_OUT, folder.is_held_out(each))
        frames.mark(each, EMPTY, each in found and not found[each].labels.any())
    if not found and not any(folder.is_held_out(each) for each in kept):
        for each in kept[_HELD_OUT_OF // 2 :: _HELD_OUT_OF]:
            frames.mark(each, HELD_OUT, True)
    loaded.append(frames)


def left_out_of(folder: TrainingFolder, frames: FrameSet) -> int:
    """How many frames of the folder have another size than the stack."""
    return len(set(folder.names()) - set(frames.names))


def save_steps(folder: TrainingFolder, frames: FrameSet) -> Iterator[Step]:
    """Write what is marked, a file a frame; what waits for a review is not written. Raises OutputError."""
    labels = frames.labels()
    states = frames.states(labels)
    for done, (name, state) in enumerate(zip(frames.names, states, strict=True), start=1):
        folder.hold_out(name, frames.is_marked(name, HELD_OUT))
        if state is FrameState.LABELLED:
            write_seg_nrrd(folder.labels(name), frames.segments(labels, name))
        else:
            folder.remove_labels(name)
        yield Step(done, len(states))


def _rgb(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., :3])
