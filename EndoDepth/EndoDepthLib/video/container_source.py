"""Frames of a video file by number, decoded when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame
from EndoDepthLib.video.decoding_cursor import DecodingCursor
from EndoDepthLib.video.frame_source import Warnings, check_picture_size
from EndoDepthLib.video.packet_index import PacketIndex, read_packet_index

_TIME_SLACK_S = 1e-3  # Matroska rounds times to milliseconds


class ContainerSource:
    """A video file (mp4, mov, avi, mkv). Frame numbers follow display order from the start of the file.

    A frame's number comes from its time stamp, so frames that cannot be decoded leave a hole and shift nothing, and
    `read` gives the very frame that iterating gives.
    """

    def __init__(
        self, path: Path, index: PacketIndex, first: av.VideoFrame, rate: float | None, warnings: Warnings
    ) -> None:
        self.path = path
        self.warnings = warnings
        self.frame_rate = rate
        self.frame_count = index.count
        self._index = index
        self._time_base_s = float(first.time_base) if first.time_base else None
        self._rotation_deg = first.rotation
        self._cursor: DecodingCursor | None = None
        if self._rotation_deg % 90:
            turn = f"{self._rotation_deg} degrees"
            warnings.add(f"{path.name} asks to be rotated by {turn}; only quarter turns are followed")
        if first.interlaced_frame:
            warnings.add(f"{path.name} is interlaced: moving edges are combed; deinterlace it for better results")
        self._decoded_size = (first.width, first.height)
        self.height, self.width = self._picture(first).shape[:2]

    @classmethod
    def open(cls, path: Path) -> ContainerSource:
        """Read the file's packets and decode its first frame.

        Raises InputError for what is no video, cannot be decoded, or is too small or too large.
        """
        warnings = Warnings()
        index = read_packet_index(path, warnings)
        with DecodingCursor(path, index) as cursor:
            decoded = cursor.next_frame()
            stream = cursor.stream
            rate = stream.average_rate or stream.guessed_rate
            aspect = stream.sample_aspect_ratio
        if decoded is None:
            raise InputError(f"no frame of {path} can be decoded ({stream.codec_context.name}); the file is damaged")
        frame = decoded[1]
        check_picture_size(str(path), frame.width, frame.height)
        if aspect and aspect != 1:
            warnings.add(
                f"{path.name} has pixels that are not square ({aspect}); it is read as stored, "
                "so its camera needs fx and fy that differ"
            )
        return cls(path, index, frame, float(rate) if rate else None, warnings)

    def index_at_time(self, time_s: float) -> int:
        """Number of the first frame at or after this time; frame_count when there is none."""
        pts = self._index.pts
        if pts is not None and self._time_base_s:
            times = (pts - pts[0]) * self._time_base_s
            return int(np.searchsorted(times, time_s - _TIME_SLACK_S))
        rate = self.frame_rate or 1.0
        return min(self.frame_count, int(np.ceil((time_s - _TIME_SLACK_S) * rate)))

    def frames(self, indices: range) -> Iterator[Frame]:
        """These frames in order, leaving out (with a warning) what cannot be decoded; each call decodes for itself."""
        with DecodingCursor(self.path, self._index) as cursor:
            for index in indices:
                frame = self._fetch(cursor, index)
                if frame is not None:
                    yield frame
                elif cursor.at_end:
                    return

    def read(self, index: int) -> Frame | None:
        """One frame, or None when it cannot be decoded; reading on from the last one read is quick."""
        if self._cursor is None:
            self._cursor = DecodingCursor(self.path, self._index)
        return self._fetch(self._cursor, index)

    def close(self) -> None:
        """Give the decoder of `read` back."""
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None

    def _fetch(self, cursor: DecodingCursor, index: int) -> Frame | None:
        decoded = cursor.fetch(index)
        if decoded is None:
            if cursor.at_end:
                self.warnings.add(f"{self.path.name}: the last frame that can be decoded is {cursor.last_position}")
            else:
                self.warnings.add(f"{self.path.name}: frames that cannot be decoded are left out, such as {index}")
            return None
        if (decoded.width, decoded.height) != self._decoded_size:
            self.warnings.add(
                f"{self.path.name} changes its size to {decoded.width}x{decoded.height} at frame {index}; "
                "frames of another size than the first are left out"
            )
            return None
        if decoded.is_corrupt:
            self.warnings.add(
                f"{self.path.name} has damaged frames, such as {index}: the decoder guessed parts of them"
            )
        return Frame(self._picture(decoded), index, self._time_s(index))

    def _picture(self, decoded: av.VideoFrame) -> np.ndarray:
        image = decoded.to_ndarray(format="rgb24")
        turns = round(self._rotation_deg / 90) % 4 if self._rotation_deg % 90 == 0 else 0
        return np.ascontiguousarray(np.rot90(image, turns))

    def _time_s(self, index: int) -> float:
        pts = self._index.pts
        if pts is not None and self._time_base_s:
            return float(pts[index] - pts[0]) * self._time_base_s
        return index / self.frame_rate if self.frame_rate else 0.0
