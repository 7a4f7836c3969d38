"""What a video, a folder and an image have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame

MIN_SIDE_PX = 16
"""Smaller pictures than this are refused: nothing can be measured in them."""

MOST_PIXELS = 50_000_000
"""Larger pictures than this are refused before memory is asked for: 8K video has 33 million."""


def check_picture_size(what: str, width: int, height: int) -> None:
    """Raise InputError, which begins with `what`, for a picture that is too small or too large."""
    if min(width, height) < MIN_SIDE_PX:
        raise InputError(f"{what} is {width}x{height} pixels; expected at least {MIN_SIDE_PX}x{MIN_SIDE_PX}")
    check_most_pixels(what, width, height)


def check_most_pixels(what: str, width: int, height: int) -> None:
    """Raise InputError, which begins with `what`, for a picture that is too large."""
    if width * height > MOST_PIXELS:
        raise InputError(f"{what} is {width}x{height} pixels; at most {MOST_PIXELS // 10**6} million are taken")


class Warnings:
    """Sentences for the user about one input, each kept once, in the order they came up."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Keep the sentence unless it is there already."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)


class FrameSource(Protocol):
    """Frames by number, decoded when asked for."""

    path: Path
    width: int
    height: int
    frame_rate: float | None
    frame_count: int
    warnings: Warnings

    def index_at_time(self, time_s: float) -> int:
        """Number of the first frame at or after this time; frame_count when there is none."""

    def frames(self, indices: range) -> Iterator[Frame]:
        """These frames in order, leaving out what cannot be decoded; independent of other readers."""

    def read(self, index: int) -> Frame | None:
        """One frame, or None when it cannot be decoded."""

    def close(self) -> None:
        """Give files and decoders back."""
