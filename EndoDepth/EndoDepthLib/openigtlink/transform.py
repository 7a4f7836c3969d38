"""TRANSFORM messages: a place and an orientation."""

from __future__ import annotations

import struct

import numpy as np

from EndoDepthLib.openigtlink.header import ProtocolError

_LAYOUT = struct.Struct(">12f")


def pack_transform(matrix: np.ndarray) -> bytes:
    """The content of a TRANSFORM message of a 4 x 4 matrix whose last row is 0 0 0 1; lengths in the sender's unit."""
    return _LAYOUT.pack(*np.asarray(matrix, np.float64)[:3].T.ravel())


def unpack_transform(content: bytes | memoryview) -> np.ndarray:
    """(4, 4) float64. Raises ProtocolError for a wrong number of bytes or values that are not finite."""
    if len(content) != _LAYOUT.size:
        raise ProtocolError(f"a TRANSFORM has {len(content)} bytes; expected {_LAYOUT.size}")
    matrix = np.eye(4)
    matrix[:3] = np.reshape(_LAYOUT.unpack(content), (4, 3)).T
    if not np.isfinite(matrix).all():
        raise ProtocolError("a TRANSFORM has values that are not finite")
    return matrix
