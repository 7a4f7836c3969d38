"""The 58 bytes that every OpenIGTLink message begins with."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from EndoDepthLib.errors import InputError
from EndoDepthLib.openigtlink.status import StatusCode

HEADER_BYTES = 58
LONGEST_TYPE = 12
LONGEST_NAME = 20
LARGEST_BODY_BYTES = 32 << 20
"""Larger messages are refused: an RGB picture of 3840 x 2160 pixels takes 24 MiB."""
VERSIONS = (1, 2, 3)

_LAYOUT = struct.Struct(">H12s20sQQQ")


class ProtocolError(InputError):
    """Bytes that are no OpenIGTLink message, or one that is not accepted; `code` is what a STATUS says of it."""

    def __init__(self, message: str, code: StatusCode = StatusCode.INVALID_PACKET) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Header:
    """What a header says.

    version: 1, or 2 and 3, whose bodies have an extended header. type: "IMAGE", ... device: who sends. timestamp:
    seconds since 1970 in units of 2^-32 s, as it stands there. body_bytes: of what follows; crc: its CRC-64.
    """

    version: int
    type: str
    device: str
    timestamp: int
    body_bytes: int
    crc: int

    @property
    def time_s(self) -> float:
        """Seconds since 1970."""
        return self.timestamp / 2.0**32

    def pack(self) -> bytes:
        """The 58 bytes; a name that is too long loses its end."""
        return _LAYOUT.pack(
            self.version, self.type.encode("ascii"), as_name(self.device), self.timestamp, self.body_bytes, self.crc
        )


def parse_header(data: bytes | bytearray | memoryview, largest_body_bytes: int = LARGEST_BODY_BYTES) -> Header:
    """Read 58 bytes. Raises ProtocolError for what is no header, or announces a body larger than allowed."""
    if len(data) != HEADER_BYTES:
        raise ProtocolError(f"the header has {len(data)} bytes; expected {HEADER_BYTES}")
    version, kind, device, timestamp, body_bytes, crc = _LAYOUT.unpack(data)
    if version not in VERSIONS:
        raise ProtocolError(f"the header version is {version}; expected 1, 2 or 3", StatusCode.VERSION_UNKNOWN)
    name = kind.rstrip(b"\0 ")
    if not name or not all(byte in _TYPE_BYTES for byte in name):
        raise ProtocolError(f"the message type is {name!r}; expected capital letters, digits and underscores")
    if body_bytes > largest_body_bytes:
        raise ProtocolError(
            f"a {name.decode()} message announces {body_bytes} bytes; at most {largest_body_bytes} are accepted; "
            "send smaller pictures",
            StatusCode.NOT_ENOUGH_RESOURCE,
        )
    return Header(version, name.decode(), _text(device), timestamp, body_bytes, crc)


def timestamp_of(time_s: float) -> int:
    """A header's timestamp of seconds since 1970."""
    return int(time_s * 2.0**32)


def as_name(text: str) -> bytes:
    """At most 20 bytes of UTF-8, cut between characters."""
    return text.encode("utf-8", "replace")[:LONGEST_NAME].decode("utf-8", "ignore").encode("utf-8")


_TYPE_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def _text(raw: bytes) -> str:
    return "".join(c if c.isprintable() else "?" for c in raw.split(b"\0")[0].decode("utf-8", "replace")).strip()
