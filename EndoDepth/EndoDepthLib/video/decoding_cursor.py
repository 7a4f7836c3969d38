"""A decoder that stands somewhere in a video and can be sent to any frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import av
import av.error
import av.packet

from EndoDepthLib.video.container import open_container
from EndoDepthLib.video.packet_index import PacketIndex

_WORTH_SEEKING = 8  # frames: fewer than this are decoded through rather than jumped over


class DecodingCursor:
    """Decodes forward from where it stands, jumping to key frames when that saves work."""

    def __init__(self, path: Path, index: PacketIndex) -> None:
        self._path = path
        self._index = index
        self.last_position = -1
        self.at_end = False
        self._pending: tuple[int, av.VideoFrame] | None = None
        self._seek_is_exact: bool | None = None  # not known before a frame was missing after a seek
        self._open()

    def _open(self) -> None:
        self._container, self.stream = open_container(self._path)
        self._from_start = True
        self._restart(0)

    def _restart(self, position: int, first: av.packet.Packet | None = None) -> None:
        self.last_position = position - 1
        self.at_end = False
        self._pending = None
        self._counted = 0
        self._decoded = self._decode(first)

    def fetch(self, target: int) -> av.VideoFrame | None:
        """The frame with this number; None when it cannot be decoded (`at_end` says whether others follow)."""
        self._approach(target)
        frame = self._advance(target)
        if (frame is None or frame.is_corrupt) and not self._from_start and self._seek_is_exact is None:
            # Damaged there, or a stream whose "key frames" only start a gradual refresh? From the start it shows.
            self._reopen()
            again = self._advance(target)
            self._seek_is_exact = again is None or again.is_corrupt
            return again
        return frame

    def _advance(self, target: int) -> av.VideoFrame | None:
        while True:
            item = self._pending or self.next_frame()
            self._pending = None
            if item is None:
                return None
            position, frame = item
            if position == target:
                return frame
            if position > target:
                self._pending = item
                self.last_position = target
                return None

    def next_frame(self) -> tuple[int, av.VideoFrame] | None:
        """The next decodable frame and its number; None at the end."""
        for frame in self._decoded:
            position = self._index.position(frame.pts) if self._index.pts is not None else self._counted
            self._counted += 1
            if position is not None:
                self.last_position = position
                return position, frame
        self.at_end = True
        return None

    def _approach(self, target: int) -> None:
        """Go back, or jump ahead, to the key frame before the target when decoding on is impossible or slower."""
        behind = target <= self.last_position and not (self._pending and self._pending[0] <= target)
        key = self._index.key_before(target)
        ahead = key >= 0 and int(self._index.key_frames[key]) > self.last_position + _WORTH_SEEKING
        if not behind and not ahead:
            return
        while key > 0 and self._seek_is_exact is not False:
            if self._seek(key):
                return
            key -= 1  # the container's own index is coarse: start further back
        if behind:
            self._reopen()

    def _reopen(self) -> None:
        self._container.close()
        self._open()

    def _seek(self, key: int) -> bool:
        """Stand on this key frame or before it; False when the container went past it."""
        expected = int(self._index.key_targets[key])
        position = int(self._index.key_frames[key])
        assert self._index.pts is not None
        try:
            self._container.seek(expected, stream=self.stream, backward=True)
            first = next((p for p in self._container.demux(self.stream) if p.pts is not None), None)
        except av.error.FFmpegError:
            return False
        if first is None or first.pts is None or first.pts > int(self._index.pts[position]):
            return False
        self._from_start = False
        landed = self._index.position(first.pts)
        self._restart(position if landed is None else landed, first)
        return True

    def _decode(self, first: av.packet.Packet | None) -> Iterator[av.VideoFrame]:
        """Decode packets to the end, over those that are damaged."""
        if first is not None:
            yield from self._decode_packet(first)
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                packet = None
            if packet is None:
                break
            if not packet.is_corrupt:
                yield from self._decode_packet(packet)

    def _decode_packet(self, packet: av.packet.Packet) -> list[av.VideoFrame]:
        try:
            return [frame for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
        except (av.error.FFmpegError, EOFError):
            return []

    def close(self) -> None:
        """Give the file and the decoder back."""
        self._decoded = iter(())
        self._container.close()

    def __enter__(self) -> DecodingCursor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
