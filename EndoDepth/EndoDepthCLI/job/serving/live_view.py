"""What is known of one sender's pictures: their camera, and which part of them shows the body."""

from __future__ import annotations

from collections import deque

import numpy as np

from EndoDepthCLI.option_groups import CameraOptions
from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import Undistorter, choose_camera
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area

_SMALLEST_PX = 32
_KEPT_FRAMES = 7
_OFTEN, _SELDOM = 5, 50


class LiveView:
    """Camera and content area of pictures of one size. Raises CameraError when the camera does not fit them.

    The content area is looked for again every fifth picture at first and every fiftieth later, from the last few of
    those, since an endoscope goes in and out.
    """

    def __init__(self, width: int, height: int, lens: CameraOptions) -> None:
        sourced = choose_camera(width, height, lens.camera, lens.fov)
        self.warning = sourced.warning
        self._undistorter = Undistorter(sourced.camera) if lens.undistort else None
        self.camera = sourced.camera if self._undistorter is None else self._undistorter.camera
        self.size = (width, height)
        self.content = np.ones((height, width), dtype=bool)
        self._frames: deque[Frame] = deque(maxlen=_KEPT_FRAMES)
        self._seen = 0

    def take(self, image: np.ndarray, time_s: float) -> Frame:
        """The picture (H, W, 3) uint8 RGB as a frame on the grid of the answers; keeps the content area up to date."""
        frame = Frame(image, self._seen, time_s)
        if self._seen % (_OFTEN if self._seen < _OFTEN * _KEPT_FRAMES else _SELDOM) == 0:
            self._frames.append(frame)
            content = find_content_area(self._frames)
            if self._undistorter is not None:
                content = self._undistorter.labels(content) & self._undistorter.valid
            self.content = content
        self._seen += 1
        return frame if self._undistorter is None else Frame(self._undistorter.image(image), frame.index, time_s)


def as_rgb(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a grey, RGB or RGBA picture. Raises InputError for another type or too small a one."""
    if pixels.dtype != np.uint8 or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise InputError(
            f"the picture has {1 if pixels.ndim == 2 else pixels.shape[2]} components of {pixels.dtype}; "
            "expected uint8, grey or RGB"
        )
    if min(pixels.shape[:2]) < _SMALLEST_PX:
        raise InputError(
            f"the picture has {pixels.shape[1]} x {pixels.shape[0]} pixels; expected at least "
            f"{_SMALLEST_PX} x {_SMALLEST_PX}"
        )
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return np.ascontiguousarray(pixels[..., :3])
