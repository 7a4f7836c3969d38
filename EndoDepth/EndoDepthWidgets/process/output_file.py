"""A file that the child writes and this process reads while it grows.

Not a pipe with a reader thread: while Qt's event loop waits, Slicer's main thread holds Python's lock, and a thread
would read only when something else happens to run Python. A file also never makes the child wait for a slow reader.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

_BLOCK_BYTES = 1 << 18
_LONGEST_LINE_BYTES = 1 << 20
_BREAKS = re.compile(rb"[\r\n]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class OutputFile:
    """The lines of a growing file; bytes that are not UTF-8 come as replacement characters."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self._reader: BinaryIO = path.open("rb")
        self._unfinished = b""
        self.bytes_read = 0

    def open_for_child(self) -> BinaryIO:
        """The file open for appending, to be handed to a child and then closed here."""
        return self._path.open("ab")

    def read_lines(self) -> tuple[list[str], bool]:
        """Whole lines that came since the last call, without blank ones, and whether more waits to be read.

        At most 256 kB are read, so that a call stays short; what stands after the last line break is kept for later.
        """
        data = self._reader.read(_BLOCK_BYTES)
        self.bytes_read += len(data)
        *lines, self._unfinished = _BREAKS.split(self._unfinished + data)
        if len(self._unfinished) > _LONGEST_LINE_BYTES:
            lines.append(self._unfinished)
            self._unfinished = b""
        return _texts(lines), len(data) == _BLOCK_BYTES

    def rest(self) -> list[str]:
        """The last line, which lacks its end; for when the child is gone."""
        rest, self._unfinished = self._unfinished, b""
        return _texts([rest])

    def close(self) -> None:
        """Close the file; nothing is read any more."""
        self._reader.close()


def _texts(lines: list[bytes]) -> list[str]:
    texts = (_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", line.decode("utf-8", "replace")) for line in lines)
    return [text.rstrip() for text in texts if text.strip()]
