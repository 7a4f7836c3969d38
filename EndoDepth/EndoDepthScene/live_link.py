"""The panel's end of a live server on this computer: one picture at a time goes, its answers come; nothing waits."""

from __future__ import annotations

import socket
import time
from collections import deque

import numpy as np

from EndoDepthLib.openigtlink import (
    ImageContent,
    MessageReader,
    RawMessage,
    Status,
    StatusCode,
    pack_image,
    pack_message,
    unpack_status,
)
from EndoDepthLib.openigtlink.header import timestamp_of

_HOST = "127.0.0.1"
_CONNECTS_WITHIN_S = 2.0
_BLOCK_BYTES = 1 << 20
_MOST_BLOCKS = 16


class LiveLink:
    """A connection to a server on this computer. Raises OSError when nobody listens.

    Everything is done by `poll`, without threads: call it from a timer. status: the last one; its text is for people.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((_HOST, port), _CONNECTS_WITHIN_S)
        self._socket.setblocking(False)
        self._reader = MessageReader()
        self._messages: deque[RawMessage] = deque()
        self._rest = memoryview(b"")
        self._asked = 0
        self.status: Status | None = None

    @property
    def is_free(self) -> bool:
        """Whether the last picture was answered, so that the next one may be sent."""
        return self._asked == 0

    def send(self, pixels: np.ndarray) -> None:
        """Send a picture (H, W) or (H, W, 3 or 4) uint8; only while `is_free`."""
        self._asked = timestamp_of(time.time())
        self._rest = memoryview(pack_message("IMAGE", "Slicer", pack_image(ImageContent(pixels)), self._asked, 2))

    def poll(self) -> RawMessage | None:
        """The next message that is no STATUS, None when there is none yet; never waits.

        Raises ProtocolError for bytes that are no message, ConnectionError when the server has gone.
        """
        try:
            while self._rest:
                self._rest = self._rest[self._socket.send(self._rest) :]
        except BlockingIOError:
            pass
        for _ in range(_MOST_BLOCKS if not self._messages else 0):
            try:
                data = self._socket.recv(_BLOCK_BYTES)
            except BlockingIOError:
                break
            if not data:
                raise ConnectionError("the live server has gone")
            self._messages += self._reader.feed(data)
        while self._messages:
            message = self._messages.popleft()
            if message.header.type != "STATUS":
                return message
            self.status = unpack_status(message.open().data)
            if message.header.timestamp == self._asked or self.status.code != StatusCode.OK:
                self._asked = 0
        return None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
