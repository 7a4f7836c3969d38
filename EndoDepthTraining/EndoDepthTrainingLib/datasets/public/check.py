"""Whether a folder holds a data set that can be used: every file is read, and what is wrong is named."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthTrainingLib.datasets.public.archives import ArchivedPointMap
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol
from EndoDepthTrainingLib.datasets.public.films import FilmFrame
from EndoDepthTrainingLib.datasets.public.listing import VOID, ListedFrame, Listing, examples
from EndoDepthTrainingLib.datasets.public.registry import frames_of
from EndoDepthTrainingLib.datasets.public.sample import Sample

FEWEST_FRAMES = 2
"""A frame to learn from and one to look at."""

_BATCH = 32
_THREADS = min(4, os.cpu_count() or 1)


@dataclass
class Found:
    """What a check found. problems make the set unusable, warnings do not; broken: names of samples left out."""

    sequences: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    depth_frames: int = 0
    nearest_mm: float = math.inf
    farthest_mm: float = 0.0
    depth_in_limits: int = 0
    label_frames: int = 0
    class_frames: Counter[str] = field(default_factory=Counter)
    unlabelled: list[str] = field(default_factory=list)
    cameras: int = 0
    poses: int = 0
    files_bytes: int = 0
    splits: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """Frames that are listed, broken ones included."""
        return sum(self.sequences.values())


@dataclass(frozen=True)
class _Facts:
    """Of one frame: size of the picture, nearest and farthest depth, pixels within limits, pixels of each label."""

    name: str
    error: str = ""
    size: str = ""
    depth: tuple[float, float, int] | None = None
    labels: np.ndarray | None = None


def check_listing(
    description: DatasetDescription,
    folder: Path,
    listing: Listing,
    protocol_name: str | None = None,
    quick: bool = False,
    skip_broken: bool = False,
    step: Callable[[], None] = lambda: None,
) -> Found:
    """Read every frame of a listing (quick: look at the sizes of files only) and count what is there.

    protocol_name: whose splits have to be there; None: all protocols are counted and none is asked for. skip_broken:
    frames that cannot be read, and missing counterparts, become warnings. step is called after each frame.
    """
    found = Found()
    protocol = description.protocol(protocol_name)
    for frame in listing.frames:
        found.sequences[frame.sample.sequence] += 1
        found.cameras += frame.sample.camera is not None
        found.poses += frame.sample.world_from_camera_mm is not None
        found.depth_frames += frame.sample.depth_mm is not None
        found.label_frames += frame.sample.labels is not None
    faults = [*listing.missing]
    if quick:
        _look_at_files(listing.frames, found, faults, step)
    else:
        for facts in _all_facts(listing.frames, protocol):
            _add(facts, listing.classes, found, faults)
            step()
        _judge_contents(listing, protocol, found)
    (found.warnings if skip_broken else found.problems).extend(faults)
    if found.frames - len(found.broken) < FEWEST_FRAMES:
        left = found.frames - len(found.broken)
        found.problems.append(f"{left} frame{'s' * (left != 1)} to read; expected at least {FEWEST_FRAMES}")
    lonely = [name for name, count in found.sequences.items() if count == 1]
    if description.is_video and lonely and len(found.sequences) > 1:
        found.warnings.append(f"sequences of one frame, so without neighbours ({len(lonely)}): {examples(lonely)}")
    _count_splits(description, folder, listing, protocol_name, found)
    return found


def _look_at_files(frames: Sequence[ListedFrame], found: Found, faults: list[str], step: Callable[[], None]) -> None:
    size_of: dict[Path, int] = {}
    for frame in frames:
        for path in frame.files:
            if path not in size_of:
                try:
                    size_of[path] = path.stat().st_size
                except OSError as error:
                    size_of[path] = 0
                    faults.append(f"cannot read '{path}': {error.strerror or error}")
                else:
                    if not size_of[path]:
                        faults.append(f"'{path}' is empty (0 bytes); get it again")
            if not size_of[path] and frame.sample.name not in found.broken:
                found.broken.append(frame.sample.name)
        step()
    found.files_bytes = sum(size_of.values())


def _all_facts(frames: Sequence[ListedFrame], protocol: Protocol) -> Iterator[_Facts]:
    """Facts of every frame, in order; by several threads where files are independent of one another."""
    if any(isinstance(f.sample.image, FilmFrame) or isinstance(f.sample.depth_mm, ArchivedPointMap) for f in frames):
        yield from (_facts(frame.sample, protocol) for frame in frames)
        return
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(frames), _BATCH):  # in batches, so that an interruption is felt at once
            yield from pool.map(lambda frame: _facts(frame.sample, protocol), frames[start : start + _BATCH])


def _facts(sample: Sample, protocol: Protocol) -> _Facts:
    try:
        image = sample.image()
        height, width = image.shape[:2]
        depth = None if sample.depth_mm is None else _matching(sample.depth_mm(), image, sample.name, "depth")
        labels = None if sample.labels is None else _matching(sample.labels(), image, sample.name, "label map")
    except EndoDepthError as error:
        return _Facts(sample.name, str(error))
    return _Facts(
        sample.name,
        size=f"{width}x{height}",
        depth=None if depth is None else _depth_facts(depth, protocol),
        labels=None if labels is None else np.bincount(labels.ravel(), minlength=256),
    )


def _matching(array: np.ndarray, image: np.ndarray, name: str, what: str) -> np.ndarray:
    if array.shape != image.shape[:2]:
        raise InputError(
            f"{what} of frame '{name}' is {array.shape[1]}x{array.shape[0]}; its picture is "
            f"{image.shape[1]}x{image.shape[0]}"
        )
    return array


def _depth_facts(depth: np.ndarray, protocol: Protocol) -> tuple[float, float, int]:
    known = depth[np.isfinite(depth)]
    inside = (known > protocol.min_depth_mm) & (known < protocol.max_depth_mm)
    return float(known.min(initial=math.inf)), float(known.max(initial=0.0)), int(inside.sum())


def _add(facts: _Facts, classes: tuple[str, ...], found: Found, faults: list[str]) -> None:
    if facts.error:
        found.broken.append(facts.name)
        faults.append(f"frame '{facts.name}': {facts.error}")
        return
    found.sizes[facts.size] += 1
    if facts.depth is not None:
        found.nearest_mm = min(found.nearest_mm, facts.depth[0])
        found.farthest_mm = max(found.farthest_mm, facts.depth[1])
        found.depth_in_limits += facts.depth[2] > 0
    if facts.labels is not None:
        shown = [name for label, name in enumerate(classes, start=1) if facts.labels[label]]
        found.class_frames.update(shown)
        if not shown:
            found.unlabelled.append(facts.name)


def _judge_contents(listing: Listing, protocol: Protocol, found: Found) -> None:
    if found.depth_frames and not found.depth_in_limits and found.sizes:
        found.problems.append(
            f"no frame has depth between {protocol.min_depth_mm:g} and {protocol.max_depth_mm:g} mm; check its unit"
        )
    if found.label_frames and not found.class_frames and found.sizes:
        found.problems.append(
            f"no pixel of {found.label_frames} label maps is labelled as one of: "
            f"{', '.join(listing.classes) or 'none'}; expected labels other than none (0) and void ({VOID})"
        )
    elif found.unlabelled:
        found.warnings.append(
            f"{len(found.unlabelled)} label maps mark nothing, the first of frame '{found.unlabelled[0]}'"
        )


def _count_splits(
    description: DatasetDescription, folder: Path, listing: Listing, protocol_name: str | None, found: Found
) -> None:
    wanted = description.protocols if protocol_name is None else (description.protocol(protocol_name),)
    for protocol in wanted:
        for split in protocol.splits:
            label = f"{protocol.name}/{split.name}"
            try:
                count = len(frames_of(listing, folder, protocol, split.name))
            except EndoDepthError as error:
                found.splits.append(f"{label} -")
                if protocol_name is not None:
                    found.problems.append(f"split '{split.name}': {error}")
                continue
            of = f" of {split.frames}" if split.frames is not None and split.frames != count else ""
            found.splits.append(f"{label} {count}{of}")
            if of and protocol_name is not None:
                found.warnings.append(
                    f"split '{split.name}' has {count} frames; the protocol's owner names {split.frames}"
                )
