"""A raw socket that speaks OpenIGTLink, for clients that behave as no library would."""

from __future__ import annotations

import socket

import numpy as np
from command_line.material import picture

from EndoDepthLib.openigtlink import ImageContent, MessageReader, pack_image, pack_message, unpack_status
from EndoDepthLib.openigtlink.header import timestamp_of

PATIENCE_S = 60.0
PICTURE = picture(0)


class Wire:
    """A raw socket to a server on this computer that reads whole messages."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._reader, self._messages = MessageReader(), []

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def next(self, kind: str = "STATUS") -> tuple[object, object] | None:
        """Header and content of the next message of a kind; None when the server has closed."""
        while True:
            while self._messages:
                message = self._messages.pop(0)
                if message.header.type == kind:
                    return message.header, message.open()
            try:
                data = self.socket.recv(1 << 16)
            except ConnectionError:
                return None
            if not data:
                return None
            self._messages += self._reader.feed(data)

    def status(self) -> object:
        """The next status; None when the server has closed."""
        found = self.next()
        return None if found is None else unpack_status(found[1].data)


def image_message(version: int = 2, image: np.ndarray = PICTURE, time_s: float = 5.0, identifier: int = 0) -> bytes:
    content = pack_image(ImageContent(image))
    return pack_message("IMAGE", "Video", content, timestamp_of(time_s), version, message_id=identifier)
