"""Video files written picture by picture, the same bytes for the same pictures."""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import av.error
import numpy as np


class H264Writer:
    """Writes an H.264 mp4 (MPEG-4 part 2 where FFmpeg was built without an H.264 encoder); use as a context manager.

    Raises OSError when the disk cannot take the file.
    """

    def __init__(self, path: Path, rate: Fraction, crf: int = 20) -> None:
        """Begin a video of `rate` pictures a second; crf: H.264 quality, lower is better (18 is nearly lossless)."""
        self._path, self._rate, self._crf = path, rate, crf
        self._stream: av.VideoStream | None = None
        self._container = av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"})

    def write(self, picture: np.ndarray) -> None:
        """Append an (H, W, 3) uint8 RGB picture, all of one size; odd sides are padded by one pixel."""
        height, width = picture.shape[:2]
        even = np.ascontiguousarray(np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))
        if self._stream is None:
            self._stream = self._open_stream(even)
        self._mux(self._stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))

    def _open_stream(self, picture: np.ndarray) -> av.VideoStream:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = self._container.add_stream(codec, rate=self._rate)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = picture.shape[:2]
        stream.pix_fmt = "yuv420p"
        # One thread: the bytes then depend on nothing but the pictures.
        stream.thread_count = 1
        stream.options = {"crf": str(self._crf), "preset": "veryfast"} if codec == "libx264" else {"qscale": "3"}
        return stream

    def _mux(self, packets: list[av.Packet]) -> None:
        try:
            for packet in packets:
                self._container.mux(packet)
        except av.error.FFmpegError as error:
            raise _os_error(error, self._path) from error

    def __enter__(self) -> H264Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._stream is not None:
                self._mux(self._stream.encode())
            self._container.close()
        except av.error.FFmpegError as failure:
            if kind is None:
                raise _os_error(failure, self._path) from failure


def _os_error(error: av.error.FFmpegError, path: Path) -> OSError:
    """PyAV's errors carry an errno but are not all OSErrors."""
    number = error.errno or errno.EIO
    return OSError(number, error.strerror or str(error), str(path))
