"""Messages out of a stream of bytes that comes in pieces of any size."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.openigtlink.header import HEADER_BYTES, LARGEST_BODY_BYTES, Header, parse_header
from EndoDepthLib.openigtlink.message import Content, unpack_content


@dataclass(frozen=True)
class RawMessage:
    """A header and its whole body, not looked into yet: a checksum costs time that a skipped picture is not worth."""

    header: Header
    body: bytearray

    def open(self) -> Content:
        """The content, checked. Raises ProtocolError."""
        return unpack_content(self.header, self.body)


class MessageReader:
    """Collects bytes until messages are whole; never holds more than one message and what came with it.

    Memory is taken as bytes come, not as a header announces them.
    """

    def __init__(self, largest_body_bytes: int = LARGEST_BODY_BYTES) -> None:
        self._largest = largest_body_bytes
        self._buffer = bytearray()
        self._header: Header | None = None

    @property
    def is_inside(self) -> bool:
        """Whether a message has begun that is not whole yet."""
        return self._header is not None or bool(self._buffer)

    def feed(self, data: bytes | memoryview) -> list[RawMessage]:
        """Take the next bytes; the messages that are whole now, in order. Raises ProtocolError: the stream is lost."""
        self._buffer += data
        found: list[RawMessage] = []
        while True:
            if self._header is None:
                if len(self._buffer) < HEADER_BYTES:
                    return found
                self._header = parse_header(bytes(self._buffer[:HEADER_BYTES]), self._largest)
                del self._buffer[:HEADER_BYTES]
            size = self._header.body_bytes
            if len(self._buffer) < size:
                return found
            body, self._buffer = self._buffer[:size], self._buffer[size:]
            found.append(RawMessage(self._header, body))
            self._header = None
