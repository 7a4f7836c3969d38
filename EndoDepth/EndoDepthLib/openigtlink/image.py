"""IMAGE messages: pictures and maps on a pixel grid."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.openigtlink.header import ProtocolError

_LAYOUT = struct.Struct(">HBBBBHHH12fHHHHHH")
_SCALARS = {2: "i1", 3: "u1", 4: "i2", 5: "u2", 6: "i4", 7: "u4", 10: "f4", 11: "f8"}
_BIG, _LITTLE = 1, 2
RAS, LPS = 1, 2
LARGEST_SIDE_PX = 8192

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class ImageContent:
    """A picture: pixels (H, W) or (H, W, components); matrix: 12 numbers, three axes and the centre's place.

    matrix and coordinates (1 RAS, 2 LPS) are kept as they stand in the message, so that an answer lies on the picture.
    """

    pixels: np.ndarray
    matrix: tuple[float, ...] = _IDENTITY
    coordinates: int = RAS


def pack_image(image: ImageContent) -> bytes:
    """The content of an IMAGE message, one slice, little-endian. Raises ValueError for types it cannot carry."""
    pixels = image.pixels
    components = 1 if pixels.ndim == 2 else pixels.shape[2]
    size = (pixels.shape[1], pixels.shape[0], 1)
    kind = pixels.dtype.str[1:]
    number = {name: number for number, name in _SCALARS.items()}.get(kind)
    if number is None:
        raise ValueError(f"OpenIGTLink has no scalar type for {pixels.dtype}")
    header = _LAYOUT.pack(1, components, number, _LITTLE, image.coordinates, *size, *image.matrix, 0, 0, 0, *size)
    return header + np.ascontiguousarray(pixels, dtype="<" + kind).tobytes()


def unpack_image(content: bytes | memoryview) -> ImageContent:
    """Read the content of an IMAGE message of one slice, whichever axis it is flat along.

    pixels view the content where its byte order is this machine's. Raises ProtocolError for volumes, parts of
    volumes, unknown types, and sizes that do not agree with the bytes.
    """
    if len(content) < _LAYOUT.size:
        raise ProtocolError(f"an IMAGE has {len(content)} bytes; expected at least {_LAYOUT.size}")
    _version, components, number, endian, coordinates, *rest = _LAYOUT.unpack(content[: _LAYOUT.size])
    size, matrix, part = tuple(rest[:3]), tuple(rest[3:15]), tuple(rest[15:])
    if number not in _SCALARS or endian not in (_BIG, _LITTLE):
        raise ProtocolError(f"an IMAGE has scalar type {number} and byte order {endian}, which mean nothing")
    if part != (0, 0, 0, *size):
        raise ProtocolError("an IMAGE is a part of a volume; send whole pictures")
    if min(size) != 1 or max(size) > LARGEST_SIDE_PX or components not in (1, 2, 3, 4):
        raise ProtocolError(
            f"an IMAGE has {' x '.join(map(str, size))} pixels of {components} components; expected one slice of at "
            f"most {LARGEST_SIDE_PX} x {LARGEST_SIDE_PX} pixels, grey or RGB"
        )
    kind = np.dtype(("<" if endian == _LITTLE else ">") + _SCALARS[number])
    columns, rows = (size[0], size[1]) if size[2] == 1 else (size[1] if size[0] == 1 else size[0], size[2])
    expected = rows * columns * components * kind.itemsize
    if len(content) - _LAYOUT.size != expected:
        raise ProtocolError(f"an IMAGE has {len(content) - _LAYOUT.size} bytes of pixels; its size needs {expected}")
    pixels = np.frombuffer(content, kind, offset=_LAYOUT.size).astype(kind.newbyteorder("="), copy=False)
    shape = (rows, columns) if components == 1 else (rows, columns, components)
    return ImageContent(pixels.reshape(shape), matrix, coordinates)
