"""The leading part of a file as a file of its own: what is left of a fragmented mp4 cut inside a fragment's header."""

from __future__ import annotations

import io
import os
from pathlib import Path

from EndoDepthLib.video.truncation import top_level_boxes


class LeadingPart(io.RawIOBase):
    """A file that ends after `length` bytes, read only."""

    def __init__(self, path: Path, length: int) -> None:
        self._file = path.open("rb")
        self._length = length

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, none at the end of the part."""
        left = max(0, self._length - self._file.tell())
        return self._file.read(left if size < 0 else min(size, left))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; the end is that of the part."""
        if whence == os.SEEK_END:
            return self._file.seek(self._length + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._file.tell()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
        super().close()


def before_cut_fragment(path: Path) -> LeadingPart | None:
    """All but the last box of an mp4 whose last box is a fragment's header that was cut off; None for any other file.

    libav refuses such a file whole, although every fragment before the cut is readable.
    """
    boxes = top_level_boxes(path)
    if len(boxes) < 2:
        return None
    kind, start, length = boxes[-1]
    cut = kind == b"moof" and start + length > path.stat().st_size
    return LeadingPart(path, start) if cut and any(kind == b"moov" for kind, *_ in boxes) else None
