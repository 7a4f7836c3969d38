"""Which frames of a data set are evaluated, and which of its classes the weights can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.evaluation import IGNORED
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol
from EndoDepthTrainingLib.datasets.public.registry import dataset, frames_of, prepared
from EndoDepthTrainingLib.datasets.public.sample import Sample

ALL = "all"


@dataclass(frozen=True)
class Selection:
    """Frames of a data set by protocol and split.

    split_frames: all of the split, in order; frames: those that are evaluated. classes: what the set's labels
    1, 2, ... are.
    """

    description: DatasetDescription
    folder: Path
    protocol: Protocol
    split: str
    split_frames: tuple[Sample, ...]
    frames: tuple[Sample, ...]
    classes: tuple[str, ...]


def select(
    name: str, folder: Path, protocol: str | None = None, split: str = ALL, every: int = 1, limit: int | None = None
) -> Selection:
    """The frames of a split, every N-th of them, at most `limit`, spread evenly.

    protocol: by name, None: the set's default. Raises SettingsError for unknown names, InputError when the folder is
    not the data set or the split has no frames there.
    """
    description = dataset(name)
    chosen = description.protocol(protocol)
    listing = description.read(folder)
    listed = frames_of(listing, folder, chosen, split)
    samples = tuple(prepared(frame.sample, chosen) for frame in listed)
    if not samples:
        raise InputError(f"split '{split}' of '{name}' has no frame in '{folder}'; get it from {description.url}")
    frames = samples[::every]
    if limit is not None and limit < len(frames):
        frames = tuple(frames[i] for i in np.linspace(0, len(frames) - 1, limit).round().astype(int).tolist())
    return Selection(description, folder, chosen, split, samples, frames, listing.classes)


@dataclass(frozen=True)
class ComparedClasses:
    """Classes that both the data set and the weights know, by the weights' names.

    indices: into the vocabulary. from_label (256,) uint8: from the set's labels to 0 (none of them), i + 1 (the i-th of
    names) or IGNORED. unknown: classes of the set that the weights were never taught; they count as none of them.
    """

    names: tuple[str, ...]
    indices: tuple[int, ...]
    from_label: np.ndarray
    unknown: tuple[str, ...]


def compared_classes(
    labelled: Sequence[str], vocabulary: Vocabulary, wanted: Sequence[str] = ()
) -> ComparedClasses | None:
    """What can be compared; None when the set and the weights have no class in common.

    wanted: only these, by any name of theirs (default: all). Raises SettingsError when one of them is not to be had.
    """
    index_from_label = {label: vocabulary.index_of(name) for label, name in enumerate(labelled, start=1)}
    known = [index for index in dict.fromkeys(index_from_label.values()) if index is not None]
    if wanted:
        asked = {name: vocabulary.index_of(name) for name in wanted}
        lost = [name for name, index in asked.items() if index not in known]
        if lost:
            there = ", ".join(vocabulary.classes[index] for index in known) or "none"
            raise SettingsError(
                f"class '{lost[0]}' is not both labelled in the data set and known to the weights; expected of: {there}"
            )
        known = [index for index in known if index in asked.values()]
    if not known:
        return None
    from_label = np.zeros(256, np.uint8)
    from_label[IGNORED] = IGNORED
    for label, index in index_from_label.items():
        from_label[label] = 1 + known.index(index) if index in known else 0
    unknown = tuple(name for label, name in enumerate(labelled, start=1) if index_from_label[label] is None)
    return ComparedClasses(tuple(vocabulary.classes[index] for index in known), tuple(known), from_label, unknown)
