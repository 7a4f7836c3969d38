"""Reading the pixel data element of a DICOM file piece by piece: memory does not grow with the length of a video."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from EndoDepthLib.errors import InputError

BLOCK_BYTES = 4 * 2**20
"""How much of a video stream is read at once: a few milliseconds, so that Slicer stays alive in between."""

_ITEM, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_JPEG_START = b"\xff\xd8"


def stream_blocks(path: Path, offset: int) -> Iterator[bytes]:
    """The stream in encapsulated pixel data whose first item starts at `offset`: its fragments, put together.

    All blocks have BLOCK_BYTES bytes, the last one what is left, whatever the lengths of the fragments are.
    Raises InputError for a file that ends too early, has something else there, or cannot be read.
    """
    with _opened(path) as file:
        block = bytearray()
        for length in _fragment_lengths(file, offset, path):
            while length:
                part = _exactly(file, min(length, BLOCK_BYTES - len(block)), path)
                length -= len(part)
                block += part
                if len(block) == BLOCK_BYTES:
                    yield bytes(block)
                    block.clear()
        if block:
            yield bytes(block)


def jpeg_frames(path: Path, offset: int) -> Iterator[bytes]:
    """The JPEG pictures of encapsulated pixel data; one that is cut into several fragments is put together.

    Raises InputError for a file that ends too early, has something else there, or cannot be read.
    """
    with _opened(path) as file:
        picture = b""
        for length in _fragment_lengths(file, offset, path):
            fragment = _exactly(file, length, path)
            if fragment.startswith(_JPEG_START) and picture:
                yield picture
                picture = b""
            picture += fragment
        if picture:
            yield picture


def native_frames(path: Path, offset: int, frame_bytes: int, count: int) -> Iterator[bytes]:
    """`count` frames of uncompressed pixel data that starts at `offset`.

    Raises InputError, before the first frame, when the file ends too early, and when it cannot be read.
    """
    with _opened(path) as file:
        _check_holds(file, offset + frame_bytes * count, path)
        file.seek(offset)
        for _ in range(count):
            yield _exactly(file, frame_bytes, path)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror or error}); copy it to this computer") from error


def _fragment_lengths(file: BinaryIO, offset: int, path: Path) -> Iterator[int]:
    """The length of each fragment, with the file where its content starts; the offset table is passed over."""
    place, is_table = offset, True
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8:
            raise InputError(f"'{path}' is cut: its pixel data has no end; copy it again")
        group, element, length = struct.unpack("<HHI", head)
        if (group, element) == _SEQUENCE_END:
            return
        if (group, element) != _ITEM:
            raise InputError(f"'{path}' is damaged: its pixel data is not made of items; copy it again")
        place += 8 + length
        # Before any of it is read: gigabytes are not copied for nothing, nor is memory asked for by a damaged length.
        _check_holds(file, place, path)
        if not is_table:
            file.seek(place - length)
            yield length
        is_table = False


def _check_holds(file: BinaryIO, end: int, path: Path) -> None:
    size = file.seek(0, os.SEEK_END)
    if size < end:
        raise InputError(
            f"'{path}' is cut: its pixel data ends too early, at {size} bytes of at least {end}; copy it again"
        )


def _exactly(file: BinaryIO, length: int, path: Path) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise InputError(f"'{path}' is cut: its pixel data ends too early; copy it again")
    return content
