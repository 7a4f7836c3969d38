"""STATUS messages: how it goes, in a code and a sentence."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

_LAYOUT = struct.Struct(">Hq20s")
_LONGEST_TEXT_BYTES = 4096


class StatusCode(IntEnum):
    """The codes of the specification that this program uses or may be told."""

    INVALID_PACKET = 0
    OK = 1
    UNKNOWN_ERROR = 2
    ACCESS_DENIED = 5
    BUSY = 6
    TIMEOUT = 7
    CHECKSUM_ERROR = 9
    CONFIGURATION_ERROR = 10
    NOT_ENOUGH_RESOURCE = 11
    NOT_READY = 13
    VERSION_UNKNOWN = 17
    SHUTTING_DOWN = 19


@dataclass(frozen=True)
class Status:
    """code of StatusCode (others are kept as numbers), subcode, a short name of the error, and a sentence."""

    code: int
    text: str = ""
    subcode: int = 0
    name: str = ""


def pack_status(status: Status) -> bytes:
    """The content of a STATUS message; a text over 4096 bytes loses its end."""
    text = status.text.encode("utf-8", "replace")[:_LONGEST_TEXT_BYTES]
    name = status.name.encode("ascii", "replace")[:20]
    return _LAYOUT.pack(status.code, status.subcode, name) + text + b"\0"


def unpack_status(content: bytes | memoryview) -> Status:
    """Read what pack_status writes. Raises ProtocolError for fewer bytes than a status has."""
    from EndoDepthLib.openigtlink.header import ProtocolError

    if len(content) < _LAYOUT.size:
        raise ProtocolError(f"a STATUS has {len(content)} bytes; expected at least {_LAYOUT.size}")
    code, subcode, name = _LAYOUT.unpack(content[: _LAYOUT.size])
    text = bytes(content[_LAYOUT.size :]).split(b"\0")[0].decode("utf-8", "replace")
    return Status(code, text, subcode, name.split(b"\0")[0].decode("ascii", "replace"))
