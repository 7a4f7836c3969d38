"""OpenIGTLink, the protocol of image-guided therapy: messages to bytes and back; no sockets here.

Our own reader and writer, from the protocol's specification (Tokuda et al. 2009, Int J Med Robot 5(4):423-434,
doi 10.1002/rcs.274; http://openigtlink.org/developers/spec). Bytes from outside are never trusted: sizes are limited,
the checksum is compared, and whatever does not fit raises ProtocolError. Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.openigtlink.checksum import crc64
    from EndoDepthLib.openigtlink.header import Header, ProtocolError
    from EndoDepthLib.openigtlink.image import ImageContent, pack_image, unpack_image
    from EndoDepthLib.openigtlink.message import Content, pack_message, unpack_content
    from EndoDepthLib.openigtlink.polydata import PolyData, pack_polydata, unpack_polydata
    from EndoDepthLib.openigtlink.status import Status, StatusCode, pack_status, unpack_status
    from EndoDepthLib.openigtlink.stream import MessageReader, RawMessage
    from EndoDepthLib.openigtlink.transform import pack_transform, unpack_transform

_HOME = {
    "Content": "message",
    "Header": "header",
    "ImageContent": "image",
    "MessageReader": "stream",
    "PolyData": "polydata",
    "ProtocolError": "header",
    "RawMessage": "stream",
    "Status": "status",
    "StatusCode": "status",
    "crc64": "checksum",
    "pack_image": "image",
    "pack_message": "message",
    "pack_polydata": "polydata",
    "pack_status": "status",
    "pack_transform": "transform",
    "unpack_content": "message",
    "unpack_image": "image",
    "unpack_polydata": "polydata",
    "unpack_status": "status",
    "unpack_transform": "transform",
}
__all__ = [
    "Content",
    "Header",
    "ImageContent",
    "MessageReader",
    "PolyData",
    "ProtocolError",
    "RawMessage",
    "Status",
    "StatusCode",
    "crc64",
    "pack_image",
    "pack_message",
    "pack_polydata",
    "pack_status",
    "pack_transform",
    "unpack_content",
    "unpack_image",
    "unpack_polydata",
    "unpack_status",
    "unpack_transform",
]

__getattr__ = lazy_names(__name__, _HOME)
