"""NRRD files as 3D Slicer writes segmentations: header and array, nothing more (https://teem.sourceforge.net/nrrd)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError

_TYPES = {
    "unsigned char": "u1",
    "uchar": "u1",
    "uint8": "u1",
    "uint8_t": "u1",
    "signed char": "i1",
    "int8": "i1",
    "short": "i2",
    "int16": "i2",
    "unsigned short": "u2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "unsigned int": "u4",
    "uint32": "u4",
}
_ENCODINGS = ("raw", "gzip", "gz")


@dataclass(frozen=True, eq=False)
class NrrdFile:
    """fields: "sizes", "space", ...; pairs: what Slicer adds ("Segment0_Name"); array: fastest axis last."""

    fields: dict[str, str]
    pairs: dict[str, str]
    array: np.ndarray


def read_nrrd(path: Path) -> NrrdFile:
    """A NRRD file of whole numbers with its data inside, raw or gzip. Raises InputError that names the file."""
    header, data = _parts(path)
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for line in header:
        if line.startswith("#"):
            continue
        if ":=" in line:
            key, _, value = line.partition(":=")
            pairs[key] = value
        elif ": " in line:
            key, _, value = line.partition(": ")
            fields[key.lower()] = value.strip()
    return NrrdFile(fields, pairs, _array(path, fields, data))


def nrrd_pairs(path: Path) -> dict[str, str]:
    """The key/value pairs of the header alone. Raises InputError."""
    header, _ = _parts(path)
    return {key: value for key, sign, value in (line.partition(":=") for line in header) if sign}


def _parts(path: Path) -> tuple[list[str], bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    header, _, data = content.partition(b"\n\n")
    if not content.startswith(b"NRRD000"):
        raise InputError(f"'{path}' is no NRRD file; expected a segmentation that 3D Slicer saved (.seg.nrrd)")
    try:
        return header.decode("utf-8").splitlines(), data
    except UnicodeDecodeError as error:
        raise InputError(f"the header of '{path}' is not text ({error}); the file is damaged") from error


def _array(path: Path, fields: dict[str, str], data: bytes) -> np.ndarray:
    missing = [name for name in ("type", "sizes", "encoding") if name not in fields]
    if missing or "data file" in fields or "datafile" in fields:
        what = f"lacks {', '.join(missing)}" if missing else "keeps its data in another file"
        raise InputError(f"'{path}' {what}; save the segmentation again as one .seg.nrrd file")
    encoding, kind = fields["encoding"].lower(), fields["type"].lower()
    if encoding not in _ENCODINGS or kind not in _TYPES:
        raise InputError(f"'{path}' holds {kind} as {encoding}; expected whole numbers as raw or gzip")
    dtype = np.dtype(_TYPES[kind]).newbyteorder(">" if fields.get("endian", "little").lower() == "big" else "<")
    try:
        values = data if encoding == "raw" else zlib.decompress(data, wbits=31)
        sizes = [int(size) for size in fields["sizes"].split()]
        return np.frombuffer(values, dtype, count=int(np.prod(sizes))).reshape(sizes[::-1])
    except (zlib.error, ValueError) as error:
        raise InputError(f"'{path}' is damaged or cut ({error}); save the segmentation again") from error
