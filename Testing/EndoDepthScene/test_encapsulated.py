"""Pixel data piece by piece: bounded blocks whatever the fragments are, and a cut file refused before it is copied."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthScene.dicom import EndoscopyDicom
from EndoDepthScene.encapsulated import BLOCK_BYTES, jpeg_frames, native_frames, stream_blocks
from EndoDepthScene.hierarchy import PatientStudy

ITEM, END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
OFFSET = 12
LONG = bytes(range(256)) * (9 * 2**20 // 256) + b"tail"


def _item(content: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", *ITEM, len(content) if length is None else length) + content


def _file(folder: Path, *items: bytes, end: bytes = struct.pack("<HHI", *END, 0)) -> Path:
    path = folder / "pixels.bin"
    path.write_bytes(b"h" * OFFSET + _item(b"\0\0\0\0") + b"".join(items) + end)
    return path


@pytest.mark.parametrize("size", [len(LONG), BLOCK_BYTES, BLOCK_BYTES + 1, 70_001], ids=["one", "block", "odd", "many"])
def test_blocks_are_of_one_size_however_the_stream_was_cut(tmp_path: Path, size: int) -> None:
    path = _file(tmp_path, *(_item(LONG[at : at + size]) for at in range(0, len(LONG), size)))
    blocks = list(stream_blocks(path, OFFSET))
    assert [len(block) for block in blocks] == [BLOCK_BYTES, BLOCK_BYTES, len(LONG) - 2 * BLOCK_BYTES]
    assert b"".join(blocks) == LONG


def test_a_stream_that_ends_with_a_block_has_no_empty_one(tmp_path: Path) -> None:
    assert [len(block) for block in stream_blocks(_file(tmp_path, _item(LONG[:BLOCK_BYTES])), OFFSET)] == [BLOCK_BYTES]
    assert list(stream_blocks(_file(tmp_path, _item(b"")), OFFSET)) == []
    assert list(stream_blocks(_file(tmp_path), OFFSET)) == []


def test_memory_does_not_grow_with_the_video(tmp_path: Path) -> None:
    path = tmp_path / "long.bin"
    length = 64 * BLOCK_BYTES
    with path.open("wb") as file:
        file.write(_item(b"") + struct.pack("<HHI", *ITEM, length))
        file.seek(length, 1)  # a hole: takes no room on the disk
        file.write(struct.pack("<HHI", *END, 0))
    tracemalloc.start()
    try:
        assert sum(len(block) for block in stream_blocks(path, 0)) == length
        assert tracemalloc.get_traced_memory()[1] < 5 * BLOCK_BYTES
    finally:
        tracemalloc.stop()


Reader = Callable[[Path], Iterator[bytes]]
FRAGMENTED: tuple[Reader, ...] = (partial(stream_blocks, offset=OFFSET), partial(jpeg_frames, offset=OFFSET))


@pytest.mark.parametrize("read", FRAGMENTED, ids=["stream", "pictures"])
class TestCutOrDamaged:
    def test_is_refused_before_anything_is_read(self, tmp_path: Path, read: Reader) -> None:
        path = _file(tmp_path, _item(LONG, len(LONG) + 1), end=b"")
        with pytest.raises(InputError, match=f"is cut: .* at {path.stat().st_size} bytes of at least"):
            next(read(path))

    def test_a_length_beyond_all_memory_is_a_cut_file(self, tmp_path: Path, read: Reader) -> None:
        with pytest.raises(InputError, match="is cut: its pixel data ends too early"):
            next(read(_file(tmp_path, _item(b"short", 0xFFFFFFFE))))

    def test_an_end_that_is_missing_is_told(self, tmp_path: Path, read: Reader) -> None:
        for end in (b"", b"\xfe\xff\xdd"):
            with pytest.raises(InputError, match="is cut: its pixel data has no end"):
                list(read(_file(tmp_path, _item(b"content!"), end=end)))

    def test_what_is_no_item_is_told(self, tmp_path: Path, read: Reader) -> None:
        with pytest.raises(InputError, match="is damaged: its pixel data is not made of items"):
            list(read(_file(tmp_path, _item(b"content!"), b"\1" * 8)))

    def test_a_file_that_is_gone_is_one_line(self, tmp_path: Path, read: Reader) -> None:
        with pytest.raises(InputError, match="cannot be read") as raised:
            next(read(tmp_path / "gone.dcm"))
        assert "\n" not in str(raised.value)


def test_a_picture_in_several_fragments_is_put_together(tmp_path: Path) -> None:
    first, second = b"\xff\xd8 first", b"\xff\xd8 second"
    path = _file(tmp_path, _item(first[:4]), _item(first[4:]), _item(second))
    assert list(jpeg_frames(path, OFFSET)) == [first, second]


def test_too_few_uncompressed_frames_are_refused_before_the_first(tmp_path: Path) -> None:
    path = tmp_path / "native.bin"
    path.write_bytes(b"h" * OFFSET + b"one" + b"two")
    assert list(native_frames(path, OFFSET, 3, 2)) == [b"one", b"two"]
    with pytest.raises(InputError, match=f"is cut: .* at {OFFSET + 6} bytes of at least {OFFSET + 9}"):
        next(native_frames(path, OFFSET, 3, 3))


def _source(path: Path) -> EndoscopyDicom:
    return EndoscopyDicom(
        path, PatientStudy("", "", "", ""), "", 1, 25.0, "1.2.840.10008.1.2.4.102", 64, 96, 3, "RGB", False, OFFSET
    )


def test_a_long_video_is_extracted_in_several_steps(tmp_path: Path) -> None:
    source = _source(_file(tmp_path, _item(LONG)))
    assert list(source.extract(tmp_path / "out")) == [1, 2, 3]
    assert source.extracted(tmp_path / "out").read_bytes() == LONG


def test_a_video_left_half_extracted_leaves_no_file(tmp_path: Path) -> None:
    """As when the user cancels, or the source goes away: its error says reading, not writing."""
    source = _source(_file(tmp_path, _item(LONG)))
    steps = source.extract(tmp_path / "out")
    assert next(steps) == 1
    assert len(list((tmp_path / "out").iterdir())) == 1
    del steps
    assert list((tmp_path / "out").iterdir()) == []
    source.path.unlink()
    with pytest.raises(InputError, match="pixels.bin' cannot be read"):
        list(source.extract(tmp_path / "out"))
    (tmp_path / "flat").write_bytes(b"")
    with pytest.raises(OutputError):
        list(_source(_file(tmp_path, _item(LONG))).extract(tmp_path / "flat"))
