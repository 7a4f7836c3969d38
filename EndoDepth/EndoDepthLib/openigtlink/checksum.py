"""The checksum of OpenIGTLink: CRC-64 with the polynomial of ECMA-182, most significant bit first, starting at 0.

A loop over bytes in Python would take half a second for one high-definition picture. A CRC is linear, so many equal
parts of the data are advanced side by side in NumPy, and the parts' checksums are then joined: each is multiplied by
the power of x that the data behind it stands for.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

_POLYNOMIAL = 0x42F0E1EBA9EA3693
_MASK = (1 << 64) - 1
_LANES = 2048
_SHORT_BYTES = 8192
"""Up to here the loop over bytes is quicker."""


def crc64(data: bytes | bytearray | memoryview) -> int:
    """The CRC-64 of these bytes, 0 <= value < 2^64."""
    view = memoryview(data).cast("B")
    if len(view) <= _SHORT_BYTES:
        return _by_bytes(view)
    # Zeros in front of the data change nothing, since the checksum starts at 0.
    steps = -(-len(view) // (2 * _LANES))
    padded = np.zeros(2 * _LANES * steps, np.uint8)
    padded[len(padded) - len(view) :] = np.frombuffer(view, np.uint8)
    words = np.ascontiguousarray(padded.view(">u2").reshape(_LANES, steps).T, dtype=np.uint16)
    table = _table_of_words()
    state = np.zeros(_LANES, np.uint64)
    for row in words:
        state = table[(state >> np.uint64(48)).astype(np.uint16) ^ row] ^ (state << np.uint64(16))
    bits = 16 * steps
    while len(state) > 1:
        state = _times(state[0::2], _multiples(bits)) ^ state[1::2]
        bits *= 2
    return int(state[0])


def _by_bytes(view: memoryview) -> int:
    table = _table_of_bytes()
    value = 0
    for byte in view:
        value = table[(value >> 56) ^ byte] ^ ((value << 8) & _MASK)
    return value


def _shifted(value: int) -> int:
    """The polynomial `value` times x, modulo the CRC's polynomial."""
    return ((value << 1) & _MASK) ^ (_POLYNOMIAL if value >> 63 else 0)


@cache
def _table_of_bytes() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 56
        for _ in range(8):
            value = _shifted(value)
        table.append(value)
    return tuple(table)


@cache
def _table_of_words() -> np.ndarray:
    """(65536,) uint64: the checksum of every 16-bit word."""
    values = np.arange(1 << 16, dtype=np.uint64) << np.uint64(48)
    for _ in range(16):
        overflow = (values >> np.uint64(63)) * np.uint64(_POLYNOMIAL)
        values = (values << np.uint64(1)) ^ overflow
    return values


@lru_cache(maxsize=256)
def _multiples(bits: int) -> np.ndarray:
    """(8, 256) uint64: the products of x^bits with byte b at place p (0 the lowest), modulo the polynomial."""
    power, square, exponent = 1, 2, bits
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square = _product(square, square)
        exponent >>= 1
    tables = np.zeros((8, 256), np.uint64)
    for table in tables:
        for bit in range(8):
            table[1 << bit : 2 << bit] = table[: 1 << bit] ^ np.uint64(power)
            power = _shifted(power)
    return tables


def _product(one: int, other: int) -> int:
    result = 0
    for bit in reversed(range(64)):
        result = _shifted(result)
        if one >> bit & 1:
            result ^= other
    return result


def _times(values: np.ndarray, multiples: np.ndarray) -> np.ndarray:
    """Every value (N,) uint64 times the x^bits that `multiples` were made for."""
    places = np.ascontiguousarray(values, "<u8").view(np.uint8).reshape(-1, 8)
    result = multiples[0][places[:, 0]]
    for place in range(1, 8):
        result ^= multiples[place][places[:, place]]
    return result
