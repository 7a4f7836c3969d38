"""Reading the pixel data element of a DICOM file piece by piece: memory does not grow with the length of a video."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from EndoDepthLib.errors import InputError

_ITEM, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_JPEG_START = b"\xff\xd8"


def fragments(path: Path, offset: int) -> Iterator[bytes]:
    """The fragments of encapsulated pixel data whose first item starts at `offset`, without the offset table.

    Raises InputError for a file that ends too early or has something else there.
    """
    with path.open("rb") as file:
        file.seek(offset)
        is_table = True
        while True:
            head = file.read(8)
            if len(head) < 8:
                raise InputError(f"'{path}' is cut: its pixel data has no end; copy it again")
            group, element, length = struct.unpack("<HHI", head)
            if (group, element) == _SEQUENCE_END:
                return
            if (group, element) != _ITEM:
                raise InputError(f"'{path}' is damaged: its pixel data is not made of items; copy it again")
            content = _exactly(file, length, path)
            if not is_table:
                yield content
            is_table = False


def jpeg_frames(path: Path, offset: int) -> Iterator[bytes]:
    """The JPEG pictures of encapsulated pixel data; one that is cut into several fragments is put together."""
    picture = b""
    for fragment in fragments(path, offset):
        if fragment.startswith(_JPEG_START) and picture:
            yield picture
            picture = b""
        picture += fragment
    if picture:
        yield picture


def native_frames(path: Path, offset: int, frame_bytes: int, count: int) -> Iterator[bytes]:
    """`count` frames of uncompressed pixel data that starts at `offset`. Raises InputError when the file ends early."""
    with path.open("rb") as file:
        file.seek(offset)
        for _ in range(count):
            yield _exactly(file, frame_bytes, path)


def _exactly(file: BinaryIO, length: int, path: Path) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise InputError(f"'{path}' is cut: its pixel data ends too early; copy it again")
    return content
