"""Whole messages: header, extended header, content and metadata."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from EndoDepthLib.openigtlink.checksum import crc64
from EndoDepthLib.openigtlink.header import Header, ProtocolError
from EndoDepthLib.openigtlink.status import StatusCode

_EXTENDED = struct.Struct(">HHII")
_ENTRY = struct.Struct(">HHI")
_UTF8 = 106  # IANA's number of the character set
_MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Content:
    """The body of a message without its framing; message_id and metadata are 0 and empty in version 1."""

    data: memoryview
    message_id: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)


def pack_message(
    type: str,
    device: str,
    content: bytes,
    timestamp: int,
    version: int = 2,
    metadata: Mapping[str, str] | None = None,
    message_id: int = 0,
) -> bytes:
    """One message as bytes. Version 1 carries neither metadata nor message_id."""
    body = content
    if version > 1:
        entries = [(key.encode("utf-8"), text.encode("utf-8")) for key, text in (metadata or {}).items()]
        index = struct.pack(">H", len(entries)) + b"".join(_ENTRY.pack(len(k), _UTF8, len(v)) for k, v in entries)
        values = b"".join(key + value for key, value in entries)
        extended = _EXTENDED.pack(_EXTENDED.size, len(index), len(values), message_id & 0xFFFFFFFF)
        body = b"".join((extended, content, index, values))
    return Header(version, type, device, timestamp, len(body), crc64(body)).pack() + body


def unpack_content(header: Header, body: bytes | bytearray | memoryview) -> Content:
    """Check a body against its header and take it apart. Raises ProtocolError when they do not agree."""
    view = memoryview(body)
    if len(view) != header.body_bytes:
        raise ProtocolError(f"the body has {len(view)} bytes; the header announced {header.body_bytes}")
    if crc64(view) != header.crc:
        raise ProtocolError(
            f"the checksum of a {header.type} message is wrong; it was damaged on its way",
            StatusCode.CHECKSUM_ERROR,
        )
    if header.version == 1:
        return Content(view)
    if len(view) < _EXTENDED.size:
        raise ProtocolError(f"the extended header is cut off after {len(view)} bytes; expected {_EXTENDED.size}")
    extended, index_bytes, values_bytes, message_id = _EXTENDED.unpack(view[: _EXTENDED.size])
    content_end = len(view) - index_bytes - values_bytes
    if extended < _EXTENDED.size or content_end < extended:
        raise ProtocolError(
            f"extended header {extended}, metadata {index_bytes} + {values_bytes} bytes do not fit into a body of "
            f"{len(view)} bytes"
        )
    metadata = _metadata(view[content_end : content_end + index_bytes], view[content_end + index_bytes :])
    return Content(view[extended:content_end], message_id, metadata)


def _metadata(index: memoryview, values: memoryview) -> dict[str, str]:
    if len(index) < 2:
        return {}
    (count,) = struct.unpack(">H", index[:2])
    if count > _MOST_ENTRIES or 2 + count * _ENTRY.size > len(index):
        raise ProtocolError(f"{count} entries of metadata do not fit into their {len(index)} bytes of index")
    found: dict[str, str] = {}
    at = 0
    for number in range(count):
        key_bytes, _charset, value_bytes = _ENTRY.unpack_from(index, 2 + number * _ENTRY.size)
        end = at + key_bytes + value_bytes
        if end > len(values):
            raise ProtocolError(f"entry {number} of the metadata ends beyond its {len(values)} bytes")
        key = bytes(values[at : at + key_bytes]).decode("utf-8", "replace")
        found[key] = bytes(values[at + key_bytes : end]).decode("utf-8", "replace")
        at = end
    return found
