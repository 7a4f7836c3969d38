"""Clips from videos, and from any data set whose frames follow one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import CameraError, InputError, SettingsError
from EndoDepthLib.geometry import CameraSource, choose_camera, default_camera
from EndoDepthLib.inference.network_grid import NetworkGrid, network_size
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video, find_content_area
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, SequenceFrame, read_clip, spread
from EndoDepthTrainingLib.datasets.public.sample import Sample

CONTENT_FRAMES = 7
MOST_FRAMES = 2000
"""Of a video, kept in memory: some 650 MB at 320 x 256."""

Told = Callable[[str, int, int], None]
"""told(name of the clip, frames read, frames in all)."""


@dataclass(frozen=True)
class VideoCamera:
    """What is known of the camera of videos: a file, a diagonal field of view in degrees, or nothing."""

    file: Path | None = None
    fov_deg: float | None = None


def clip_of_video(
    path: Path, camera: VideoCamera, pixels: int, size: tuple[int, int] | None = None, told: Told | None = None
) -> MotionClip:
    """The first MOST_FRAMES frames of a video file or folder of images, each of about `pixels` network pixels, or of
    `size` (height, width).

    Raises InputError for what cannot be read, CameraError for a camera that does not fit.
    """
    with Video.open(path) as video:
        content = find_content_area(video.read(video.indices[place]) for place in spread(len(video), CONTENT_FRAMES))
        sourced = choose_camera(video.width, video.height, camera.file, camera.fov_deg)
        total = min(len(video), MOST_FRAMES)

        def frames() -> Iterator[SequenceFrame]:
            for count, frame in enumerate(video):
                if count == total:
                    return
                yield SequenceFrame(frame.image)
                if told is not None:
                    told(path.name, count + 1, total)

        known = sourced.source is not CameraSource.GUESSED
        return read_clip(path.name, frames(), content, sourced.camera, known, size or _size(content, pixels))


def clips_of_samples(
    samples: Sequence[Sample], pixels: int, size: tuple[int, int] | None = None, told: Told | None = None
) -> list[MotionClip]:
    """A clip for each sequence of a data set's frames; depth that is known comes along, to measure by.

    Raises InputError for frames that cannot be read or differ in size inside a sequence.
    """
    clips = []
    for sequence, group in groupby(samples, key=lambda sample: sample.sequence):
        members = sorted(group, key=lambda sample: sample.index)[:MOST_FRAMES]
        clip = _clip_of_sequence(sequence, members, pixels, size, told)
        size = size or (clip.images.shape[1], clip.images.shape[2])
        clips.append(clip)
    return clips


def _clip_of_sequence(
    name: str, members: Sequence[Sample], pixels: int, size: tuple[int, int] | None, told: Told | None
) -> MotionClip:
    shown = [Frame(members[place].image(), place) for place in spread(len(members), CONTENT_FRAMES)]
    content = find_content_area(shown)
    height, width = content.shape
    given = members[0].camera
    if given is not None and (given.width, given.height) != (width, height):
        raise CameraError(
            f"the camera of '{name}' is for {given.width} x {given.height} pixels; its frames have {width} x {height}"
        )

    def frames() -> Iterator[SequenceFrame]:
        for count, sample in enumerate(members):
            image = sample.image()
            if image.shape[:2] != content.shape:
                raise InputError(
                    f"frame '{sample.name}' is {image.shape[1]} x {image.shape[0]}; expected {width} x {height} like "
                    "the others of its sequence"
                )
            yield SequenceFrame(image, None if sample.depth_mm is None else sample.depth_mm())
            if told is not None:
                told(name, count + 1, len(members))

    camera = given or default_camera(width, height)
    return read_clip(name, frames(), content, camera, given is not None, size or _size(content, pixels))


def _size(content: np.ndarray, pixels: int) -> tuple[int, int]:
    """(height, width) of the network picture for a content area."""
    grid = NetworkGrid.fit(content, pixels)
    width, height = network_size(grid.width, grid.height, pixels)
    return height, width


def named_source(text: str) -> tuple[str, str | None, Path] | None:
    """NAME=FOLDER or NAME:SPLIT=FOLDER of a data set as (name, split, folder); None: a path. Raises SettingsError."""
    name, equals, folder = text.partition("=")
    if not equals or Path(text).exists():
        return None
    from EndoDepthTrainingLib.datasets.public.registry import dataset

    name, _, split = name.partition(":")
    if not dataset(name).is_video:
        raise SettingsError(f"the frames of the data set '{name}' do not follow one another; expected a video")
    return name, split or None, Path(folder)
