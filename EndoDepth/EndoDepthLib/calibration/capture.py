"""From a recording to views of the board: the sharpest frame of each stretch is searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.calibration.board import Board
from EndoDepthLib.calibration.board_views import BoardView
from EndoDepthLib.calibration.detection import BoardDetector, reduced, why_not_found, without_border
from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video, find_content_area

MOST_SEARCHED = 150
_LOOKED_AT_PER_STRETCH = 5
_CONTENT_FRAMES = 24
_EXAMPLES = 3
_SHARPNESS_SIDE_PX = 480
_MOST_CORNERS_OUTSIDE = 0.01

Progress = Callable[[str, int, int], None]
"""Told the stage, how many of its steps are done, and how many there are."""


@dataclass(frozen=True)
class Capture:
    """Views of one board in one recording.

    content (H, W) bool: the picture inside the dark surround; searched: numbers of the frames that were searched;
    without_board: a few pictures (H, W, 3) uint8 RGB that do not show it, to tell the user why.
    """

    board: Board
    width: int
    height: int
    content: np.ndarray
    views: tuple[BoardView, ...]
    searched: tuple[int, ...]
    without_board: tuple[np.ndarray, ...] = ()


def collect_views(
    video: Video, board: Board, most_searched: int = MOST_SEARCHED, progress: Progress | None = None
) -> Capture:
    """Search the sharpest frame of each of at most most_searched stretches of the video for the board.

    Raises InputError when no frame shows it, saying what is likeliest wrong, or when no frame can be decoded.
    """
    tell = progress or (lambda stage, done, total: None)
    detector = BoardDetector(board)
    stretches = min(most_searched, video.frame_count)
    found: list[BoardView] = []
    searched: list[int] = []
    kept_for_content: list[Frame] = []
    examples: list[np.ndarray] = []
    tell("looking for the board", 0, stretches)
    for frame in sharpest_frames(video, stretches):
        view = detector.find(frame.index, frame.image)
        searched.append(frame.index)
        if view is not None:
            found.append(view)
        elif len(searched) % max(1, stretches // _EXAMPLES) == 0 or not examples:
            examples = [*examples[-_EXAMPLES + 1 :], frame.image]
        if len(searched) % max(1, stretches // _CONTENT_FRAMES) == 0 or not kept_for_content:
            kept_for_content = [*kept_for_content, _small(frame)][:_CONTENT_FRAMES]
        tell("looking for the board", len(searched), stretches)
    if not searched:
        raise InputError(f"no frame of '{video.source}' can be decoded; choose another recording")
    if not found:
        raise InputError(
            f"the board ({board.describe()}) is in none of {len(searched)} frames of '{video.source}': "
            f"{why_not_found(examples, board)}"
        )
    content = _content(kept_for_content, found, video.width, video.height)
    inside = [without_border(view, board, content) for view in found]
    views = tuple(view for view in inside if view is not None)
    return Capture(board, video.width, video.height, content, views, tuple(searched), tuple(examples))


def sharpest_frames(video: Video, stretches: int) -> Iterator[Frame]:
    """The sharpest of a few frames of each of so many equal stretches of the kept frames, in order."""
    indices = video.indices
    step = max(1, len(indices) // max(1, stretches * _LOOKED_AT_PER_STRETCH))
    looked_at = indices[::step]
    with Video.open(video.source, start=looked_at.start, stop=looked_at.stop, every=looked_at.step) as frames:
        best: tuple[float, Frame] | None = None
        current = 0
        for position, frame in enumerate(frames):
            stretch = position * stretches // len(looked_at)
            if best is not None and stretch != current:
                yield best[1]
                best = None
            current = stretch
            score = _sharpness(frame.image)
            if best is None or score > best[0]:
                best = (score, frame)
        if best is not None:
            yield best[1]


def _sharpness(image: np.ndarray) -> float:
    """Strength of small detail in comparison with the picture's contrast."""
    grey, _ = reduced(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), _SHARPNESS_SIDE_PX)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var()) / (float(grey.var()) + 1.0)


def _small(frame: Frame) -> Frame:
    """What find_content_area needs of a frame, so that a few 4K pictures do not fill memory."""
    scale = min(1.0, 512 / max(frame.height, frame.width))
    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
    return Frame(np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)), frame.index, frame.time_s)


def _content(frames: list[Frame], views: list[BoardView], width: int, height: int) -> np.ndarray:
    """(H, W) bool. A board before a black background looks like a picture with a surround; its corners tell."""
    small = find_content_area(frames)
    content = cv2.resize(small.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)
    pixels = np.rint(np.concatenate([view.pixels for view in views])).astype(int)
    inside = content[np.clip(pixels[:, 1], 0, height - 1), np.clip(pixels[:, 0], 0, width - 1)]
    if (~inside).mean() > _MOST_CORNERS_OUTSIDE:
        return np.ones((height, width), dtype=bool)
    return content
