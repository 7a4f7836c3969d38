"""POLYDATA messages: triangle surfaces with numbers at their points."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from EndoDepthLib.openigtlink.header import ProtocolError

_LAYOUT = struct.Struct(">10I")
_ATTRIBUTE = struct.Struct(">BBI")
_SCALAR, _VECTOR = 0, 1
_LONGEST_NAME = 255
_MOST_ATTRIBUTES = 64


@dataclass(frozen=True)
class PolyData:
    """points (N, 3) float32, triangles (M, 3) int32, attributes: name -> (N,) or (N, 3) float32 at the points."""

    points: np.ndarray
    triangles: np.ndarray
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)


def pack_polydata(surface: PolyData) -> bytes:
    """The content of a POLYDATA message; attributes of one and three components are scalars and vectors."""
    count = len(surface.triangles)
    cells = np.empty((count, 4), ">u4")
    cells[:, 0] = 3
    cells[:, 1:] = surface.triangles
    parts = [
        _LAYOUT.pack(len(surface.points), 0, 0, 0, 0, count, cells.nbytes, 0, 0, len(surface.attributes)),
        np.ascontiguousarray(surface.points, ">f4").tobytes(),
        cells.tobytes(),
    ]
    for values in surface.attributes.values():
        components = 1 if values.ndim == 1 else values.shape[1]
        parts.append(_ATTRIBUTE.pack(_SCALAR if components == 1 else _VECTOR, components, len(values)))
    names = b"".join(name.encode("ascii") + b"\0" for name in surface.attributes)
    parts.append(names + b"\0" * (len(names) % 2))
    parts += [np.ascontiguousarray(values, ">f4").tobytes() for values in surface.attributes.values()]
    return b"".join(parts)


def unpack_polydata(content: bytes | memoryview) -> PolyData:
    """Read what pack_polydata writes: triangles only. Raises ProtocolError for anything else."""
    taker = _Taker(memoryview(content))
    points, *others, triangles, triangle_bytes, strips, strip_bytes, attributes = _LAYOUT.unpack(
        taker.take(_LAYOUT.size)
    )
    if any(others) or strips or strip_bytes or triangle_bytes != 16 * triangles or attributes > _MOST_ATTRIBUTES:
        raise ProtocolError("a POLYDATA holds more than points, triangles and a few attributes")
    place = np.frombuffer(taker.take(12 * points), ">f4").reshape(-1, 3).astype(np.float32)
    cells = np.frombuffer(taker.take(triangle_bytes), ">u4").reshape(-1, 4)
    if cells.size and ((cells[:, 0] != 3).any() or cells[:, 1:].max() >= points):
        raise ProtocolError(f"a POLYDATA has cells that are no triangles of its {points} points")
    headers = [_ATTRIBUTE.unpack(taker.take(_ATTRIBUTE.size)) for _ in range(attributes)]
    names = [taker.take_name() for _ in range(attributes)]
    taker.take(sum(len(name) + 1 for name in names) % 2)
    found = {}
    for (_type, components, count), name in zip(headers, names, strict=True):
        if count != points or components not in (1, 3):
            raise ProtocolError(f"an attribute has {count} values of {components} components at {points} points")
        values = np.frombuffer(taker.take(4 * count * components), ">f4").astype(np.float32)
        found[name] = values if components == 1 else values.reshape(-1, components)
    return PolyData(place, cells[:, 1:].astype(np.int32), found)


class _Taker:
    """Takes bytes from the front, and says when there are too few."""

    def __init__(self, rest: memoryview) -> None:
        self._rest = rest

    def take(self, count: int) -> memoryview:
        if count > len(self._rest):
            raise ProtocolError(f"a POLYDATA is cut off: {count - len(self._rest)} bytes are missing")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def take_name(self) -> str:
        head = bytes(self._rest[: _LONGEST_NAME + 1])
        if b"\0" not in head:
            raise ProtocolError("a POLYDATA has an attribute whose name does not end")
        return bytes(self.take(head.index(b"\0") + 1)[:-1]).decode("ascii", "replace")
