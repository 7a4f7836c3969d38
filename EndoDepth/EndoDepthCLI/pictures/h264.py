"""Video files written picture by picture, the same bytes for the same pictures."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np

# x264's look-ahead reads memory that it never set, so that equal pictures give unequal bytes (seen with core 165, most
# often with mbtree). Without it files are a little larger and always the same.
_REPEATABLE = {"mbtree": "0", "rc-lookahead": "0", "weightp": "0", "bf": "0", "sc_threshold": "0"}


class H264Encoder:
    """Makes an H.264 mp4 (MPEG-4 part 2 where FFmpeg was built without an H.264 encoder).

    Pictures go to the file as they come, so that memory does not grow with their number.
    """

    def __init__(self, file: BinaryIO, rate: Fraction, crf: int = 20) -> None:
        """Begin a video of `rate` pictures a second; crf: H.264 quality, lower is better (18 is nearly lossless).

        `file` is open for writing in binary and stays the caller's to close. It is Python's own, because the errors
        that FFmpeg makes of a full disk do not say that the disk is full. Raises its OSError.
        """
        self._rate, self._crf = rate, crf
        self._container = av.open(file, "w", format="mp4", options={"fflags": "+bitexact"})
        self._stream: Any = None

    def add(self, picture: np.ndarray) -> None:
        """Append an (H, W, 3) uint8 RGB picture, all of one size; odd sides are padded by one pixel."""
        height, width = picture.shape[:2]
        even = np.ascontiguousarray(np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
        if self._stream is None:
            self._stream = self._open_stream(even)
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))

    def finish(self) -> None:
        """Write what makes the file whole; nothing can be added afterwards."""
        if self._stream is not None:
            self._container.mux(self._stream.encode())
        self._container.close()

    def _open_stream(self, picture: np.ndarray) -> Any:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream: Any = self._container.add_stream(codec, rate=self._rate)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        # One thread: the bytes then depend on nothing but the pictures.
        stream.thread_count = 1
        if codec == "libx264":
            stream.options = {"crf": str(self._crf), "preset": "veryfast", **_REPEATABLE}
        else:
            stream.options = {"qscale": "3"}
        return stream
