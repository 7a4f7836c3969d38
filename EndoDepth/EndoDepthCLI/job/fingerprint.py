"""Recognises an input again without reading all of a long video."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from EndoDepthLib.video.image_source import image_files
from EndoDepthLib.video.image_times import TIMES_FILE

_BLOCK_BYTES = 1 << 20
_BLOCK_COUNT = 64
_BLOCKS_OF_A_FOLDER_FILE = 2


def fingerprint(source: Path) -> str:
    """sha256 (hex) over size and content of a file, or over names, sizes and content of a folder's images in order.

    A file is read whole up to 64 MiB, beyond that in 64 blocks spread evenly over it; of the files in a folder the
    first and the last MiB are read. Raises OSError when something cannot be read.
    """
    digest = hashlib.sha256()
    if source.is_dir():
        for each in image_files(source):
            digest.update(os.fsencode(each.name))
            _add_file(digest, each, _BLOCKS_OF_A_FOLDER_FILE)
        if (source / TIMES_FILE).is_file():
            _add_file(digest, source / TIMES_FILE, _BLOCK_COUNT)
    else:
        _add_file(digest, source, _BLOCK_COUNT)
    return digest.hexdigest()


def _add_file(digest: hashlib._Hash, file: Path, block_count: int) -> None:
    size = file.stat().st_size
    digest.update(f":{size}:".encode("ascii"))
    with file.open("rb") as stream:
        if size <= block_count * _BLOCK_BYTES:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
            return
        for number in range(block_count):
            stream.seek((size - _BLOCK_BYTES) * number // (block_count - 1))
            digest.update(stream.read(_BLOCK_BYTES))
