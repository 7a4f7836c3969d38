"""Data sets by name, and their frames by protocol and split."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthTrainingLib.datasets.public import (
    c3vd,
    cholecseg8k,
    dsad,
    hamlyn,
    kvasir_seg,
    larynx,
    phantom_clips,
    scared,
    segment_editor,
    serv_ct,
    simcol,
    videos,
)
from EndoDepthTrainingLib.datasets.public.cropping import cropped
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, Split
from EndoDepthTrainingLib.datasets.public.frame_list import listed_names
from EndoDepthTrainingLib.datasets.public.listing import ListedFrame, Listing, examples
from EndoDepthTrainingLib.datasets.public.sample import Sample

DATASETS: dict[str, DatasetDescription] = {
    description.name: description
    for description in (
        scared.DATASET,
        serv_ct.DATASET,
        hamlyn.DATASET,
        *c3vd.DATASETS,
        simcol.DATASET,
        cholecseg8k.DATASET,
        kvasir_seg.DATASET,
        dsad.DATASET,
        larynx.DATASET,
        phantom_clips.DATASET,
        segment_editor.DATASET,
        *videos.DATASETS,
    )
}
"""Every data set this project can read, by name."""


def dataset(name: str) -> DatasetDescription:
    """The data set of this name. Raises SettingsError that names those there are."""
    if name not in DATASETS:
        raise SettingsError(f"there is no data set '{name}'; expected one of: {', '.join(DATASETS)}")
    return DATASETS[name]


def open_dataset(
    name: str, folder: Path, protocol: str | None = None, split: str = "all", exclude: Collection[str] = ()
) -> Sequence[Sample]:
    """The frames of a data set in a folder, in order; nothing but lists and poses is read yet.

    protocol: by name, None: the set's default. split: one of the protocol's, or "all": every frame there is. exclude:
    names of samples to leave out, such as those a check found broken. Crop and camera of the protocol are applied.
    Raises SettingsError for unknown names, InputError when the folder is not the data set or a split's frames are not
    there.
    """
    description = dataset(name)
    chosen = description.protocol(protocol)
    frames = frames_of(description.read(folder), folder, chosen, split)
    samples = tuple(prepared(frame.sample, chosen) for frame in frames if frame.sample.name not in exclude)
    if not samples:
        raise InputError(f"split '{split}' of '{name}' has no frame in '{folder}'; get it from {description.url}")
    return samples


def frames_of(listing: Listing, folder: Path, protocol: Protocol, split: str) -> list[ListedFrame]:
    """The listed frames of a split. Raises as `open_dataset`."""
    chosen = Split("all") if split == "all" else protocol.split(split)
    if chosen.frame_list is not None:
        wanted = listed_names(folder / chosen.frame_list, chosen.list_source)
        frame_from_name = {frame.sample.name: frame for frame in listing.frames}
        lost = [name for name in wanted if name not in frame_from_name]
        if lost:
            raise InputError(
                f"{len(lost)} of {len(wanted)} frames in '{folder / chosen.frame_list}' are not in '{folder}': "
                f"{examples(lost)}"
            )
        return [frame_from_name[name] for name in wanted]
    if not chosen.sequences:
        return list(listing.frames)
    found = [
        frame
        for frame in listing.frames
        if any(fnmatchcase(frame.sample.sequence, pattern) for pattern in chosen.sequences)
    ]
    if not found:
        present = examples(sorted({frame.sample.sequence for frame in listing.frames}))
        raise InputError(
            f"no sequence of split '{split}' ({examples(chosen.sequences)}) is in '{folder}', which holds {present}"
        )
    return found


def prepared(sample: Sample, protocol: Protocol) -> Sample:
    """A sample with the protocol's camera and crop."""
    camera = sample.camera
    if protocol.camera is not None and camera is not None:
        sample = replace(sample, camera=protocol.camera.of(camera.width, camera.height))
    return sample if protocol.crop_px is None else cropped(sample, protocol.crop_px)
