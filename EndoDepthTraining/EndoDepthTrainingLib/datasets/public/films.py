"""Frames of video files as readings; the videos in use stay open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.video import Video
from EndoDepthTrainingLib.datasets.public.decoding import FileState, file_state

VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".webm")

_MOST_OPEN = 4
_open: OrderedDict[tuple[Path, FileState], Video] = OrderedDict()
_lock = threading.Lock()  # a video has one decoder, which one frame at a time may use


@dataclass(frozen=True)
class FilmFrame:
    """Reads (H, W, 3) uint8 RGB: the frame of this number. upper_half: of a video with two views one above the other,
    the upper one (left, in SCARED)."""

    path: Path
    number: int
    upper_half: bool = False

    def __call__(self) -> np.ndarray:
        """The frame."""
        with _lock:
            image = _video(self.path).read(self.number).image
        return image[: image.shape[0] // 2] if self.upper_half else image


def film_size(path: Path) -> tuple[int, int, int]:
    """(frames, width, height) of a video. Raises InputError when it is none."""
    with _lock:
        video = _video(path)
        return video.frame_count, video.width, video.height


def _video(path: Path) -> Video:
    key = (path, file_state(path))
    if key in _open:
        _open.move_to_end(key)
        return _open[key]
    while len(_open) >= _MOST_OPEN:
        _open.popitem(last=False)[1].close()
    _open[key] = Video.open(path)
    return _open[key]
