"""Whether a container file ends before it should."""

from __future__ import annotations

from pathlib import Path


def missing_bytes(path: Path) -> int:
    """Bytes that the file's own structure promises beyond its end; 0 when it is whole or of an unknown kind."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(64)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
            end = max((start + length for _, start, length in top_level_boxes(path)), default=0)
        elif head[:4] == b"RIFF":
            end = 8 + int.from_bytes(head[4:8], "little")
            if end == 8:  # a recorder that was stopped before it wrote the size
                return 0
        elif head[:4] == b"\x1aE\xdf\xa3":
            file.seek(0)
            end = _matroska_end(file.read(4096), size)
        else:
            return 0
    return max(0, end - size)


def top_level_boxes(path: Path) -> list[tuple[bytes, int, int]]:
    """(kind, start, length in bytes) of an ISO base media file's outermost boxes (mp4, mov)."""
    boxes = []
    size = path.stat().st_size
    with path.open("rb") as file:
        start = 0
        while start + 8 <= size:
            file.seek(start)
            header = file.read(16)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1 and len(header) == 16:
                length = int.from_bytes(header[8:], "big")
            elif length == 0:  # reaches to the end of the file
                length = size - start
            if length < 8 or not all(32 <= letter < 127 for letter in kind):
                break
            boxes.append((kind, start, length))
            start += length
    return boxes


def _matroska_end(head: bytes, size: int) -> int:
    """Where the Segment should end; the file's size when its length is unknown (live recordings)."""
    try:
        header_length, used = _ebml_number(head, 4)
        segment = 4 + used + header_length
        if head[segment : segment + 4] != b"\x18S\x80g":
            return size
        length, used = _ebml_number(head, segment + 4)
    except IndexError:
        return size
    unknown = length == (1 << (7 * used)) - 1
    return size if unknown else segment + 4 + used + length


def _ebml_number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length EBML number and how many bytes it takes (RFC 8794, section 4)."""
    first = data[at]
    count = 9 - first.bit_length()
    if count > 8:
        raise IndexError("not an EBML number")
    value = first & ((1 << (8 - count)) - 1)
    for offset in range(1, count):
        value = value << 8 | data[at + offset]
    return value, count
