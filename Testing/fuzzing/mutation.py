"""Damaged bytes made from sound ones, the same ones for the same number."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

_TELLING_NUMBERS = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    2**63,
    2**64 - 1,
)
_TELLING_TEXTS = (
    b"", b"null", b"-1", b"1e400", b"NaN", b"Infinity", b"[]", b"{}", b"true", b'"', b"\\u0000", b"\\ud800", b"9" * 400,
    b"[" * 3000, b'{"a":' * 3000, b"\0", b"\xff\xfe", b"../../../../tmp/x", b"%n%s", b"'; --", b"\r\n", b";" * 50, b",",
    b"99999999999999999999", b"0x10", b"1_000", b"\xef\xbb\xbf", "é".encode("latin-1"), "\U0001f480".encode(),
)  # fmt: skip


def mutated(sound: bytes, others: Sequence[bytes], number: int) -> bytes:
    """A damaged variant of `sound`: cut, flipped, overwritten, repeated, or crossed with one of `others`.

    number: which; a few in a thousand are left sound, so that what reads them is known to work.
    """
    draw = random.Random(number)
    data = bytearray(sound)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 6, 20)) if number % 97 else 0):
        at = draw.randrange(len(data) + 1)
        # Heads decide most: half of the damage is done to the first bytes.
        at = min(at, draw.randrange(256)) if draw.random() < 0.5 else at
        _HARMS[draw.randrange(len(_HARMS))](data, at, draw, others)
    return bytes(data[: max(len(sound) * 4, 1 << 16)])


def _flip(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    if data:
        data[at % len(data)] ^= 1 << draw.randrange(8)


def _overwrite(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    value = draw.choice(_TELLING_NUMBERS)
    size, code = draw.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
    data[at : at + size] = struct.pack(draw.choice("<>") + code, value & ((1 << (8 * size)) - 1))


def _insert(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    data[at:at] = draw.choice(_TELLING_TEXTS)


def _replace_number(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    """Put a telling text in place of digits or a word."""
    end = at
    while end < len(data) and end - at < 40 and chr(data[end]).isalnum():
        end += 1
    data[at:end] = draw.choice(_TELLING_TEXTS)


def _cut(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    del data[at:]


def _take_out(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    del data[at : at + draw.choice((1, 2, 4, 8, 64, 1000))]


def _repeat(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    length = draw.choice((1, 4, 16, 256, 4096))
    data[at:at] = bytes(data[at : at + length]) * draw.choice((1, 2, 8))


def _noise(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    length = draw.choice((1, 4, 16, 256))
    data[at : at + length] = draw.randbytes(length)


def _cross(data: bytearray, at: int, draw: random.Random, others: Sequence[bytes]) -> None:
    other = draw.choice(others)
    start = draw.randrange(len(other) + 1)
    data[at : at + 512] = other[start : start + 512]


_HARMS = (_flip, _flip, _overwrite, _overwrite, _insert, _replace_number, _cut, _take_out, _repeat, _noise, _cross)
