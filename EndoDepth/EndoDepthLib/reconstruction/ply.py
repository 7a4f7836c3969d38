"""Surfaces as binary PLY files that Slicer, MeshLab and Open3D read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Scale, Surface

_PLY_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "<i2", "int16": "<i2", "ushort": "<u2",
    "uint16": "<u2", "int": "<i4", "int32": "<i4", "uint": "<u4", "uint32": "<u4", "float": "<f4", "float32": "<f4",
    "double": "<f8", "float64": "<f8",
}  # fmt: skip
_VERTEX = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("red", "u1"), ("green", "u1"), ("blue", "u1"), ("label", "u1"),
     ("u_px", "<f4"), ("v_px", "<f4")]
)  # fmt: skip
_FACE = np.dtype([("count", "u1"), ("vertex_indices", "<i4", 3)])
_UNITS = {Scale.METRIC_MM: "mm", Scale.UP_TO_SCALE: "up to scale, not millimetres"}


def write_ply(surface: Surface, path: str | Path) -> None:
    """Write encode_ply's bytes to a file."""
    Path(path).write_bytes(encode_ply(surface))


def encode_ply(surface: Surface) -> bytes:
    """The bytes of a binary little-endian PLY: x y z red green blue label u_px v_px; comments SPACE=LPS and the units.

    OpenCV camera axes are LPS directions, so the numbers are stored unchanged.
    """
    vertices = np.empty(len(surface.vertices), _VERTEX)
    for axis, name in enumerate("xyz"):
        vertices[name] = surface.vertices[:, axis]
    for channel, name in enumerate(("red", "green", "blue")):
        vertices[name] = surface.colors[:, channel]
    vertices["label"] = surface.labels
    vertices["u_px"], vertices["v_px"] = surface.pixels[:, 0], surface.pixels[:, 1]
    faces = np.empty(len(surface.triangles), _FACE)
    faces["count"] = 3
    faces["vertex_indices"] = surface.triangles
    header = [
        "ply",
        "format binary_little_endian 1.0",
        "comment SPACE=LPS",
        f"comment SCALE={surface.scale.value}",
        f"comment UNITS={_UNITS[surface.scale]}",
        f"element vertex {len(vertices)}",
        *(f"property {'uchar' if _VERTEX[name] == np.uint8 else 'float'} {name}" for name in _VERTEX.names or ()),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    return ("\n".join(header) + "\n").encode("ascii") + vertices.tobytes() + faces.tobytes()


def read_ply(path: str | Path) -> Surface:
    """Read a binary little-endian triangle PLY; colours default to grey, labels and pixels to 0.

    Raises InputError for a file that is missing, cut, of another PLY kind or in RAS coordinates.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"surface {path} cannot be read ({error.strerror})") from None
    end = content.find(b"end_header\n")
    header = content[:end].decode("ascii", errors="replace").splitlines() if end >= 0 else []
    if header[:2] != ["ply", "format binary_little_endian 1.0"]:
        raise InputError(f"surface {path} is not a binary little-endian PLY file")
    if "comment SPACE=RAS" in header:
        raise InputError(f"surface {path} is in RAS coordinates; expected SPACE=LPS")
    vertex_type, vertex_count, face_type, face_count = _layout(header, path)
    offset = end + len(b"end_header\n")
    expected = offset + vertex_count * vertex_type.itemsize + face_count * face_type.itemsize
    if len(content) < expected:
        raise InputError(f"surface {path} is cut: it has {len(content)} bytes; expected {expected}")
    raw = np.frombuffer(content, vertex_type, vertex_count, offset)
    faces = np.frombuffer(content, face_type, face_count, offset + raw.nbytes)
    if not np.all(faces["count"] == 3):
        raise InputError(f"surface {path} has faces that are not triangles")
    names = vertex_type.names or ()

    def column(name: str, default: float) -> np.ndarray:
        return raw[name] if name in names else np.full(vertex_count, default)

    return Surface(
        vertices=np.stack([raw["x"], raw["y"], raw["z"]], axis=1).astype(np.float32),
        triangles=faces["vertex_indices"].astype(np.int32),
        colors=np.stack([column(name, 192) for name in ("red", "green", "blue")], axis=1).astype(np.uint8),
        labels=column("label", 0).astype(np.uint8),
        pixels=np.stack([column("u_px", 0), column("v_px", 0)], axis=1).astype(np.float32),
        scale=Scale.METRIC_MM if f"comment SCALE={Scale.METRIC_MM.value}" in header else Scale.UP_TO_SCALE,
    )


def _layout(header: list[str], path: Path) -> tuple[np.dtype, int, np.dtype, int]:
    """Record types and counts of vertices and faces from the header's lines."""
    counts = {"vertex": 0, "face": 0}
    fields: list[tuple[str, str]] = []
    face: np.dtype = _FACE
    element = ""
    try:
        for line in header:
            words = line.split()
            if words[:1] == ["element"]:
                element, counts[words[1]] = words[1], int(words[2])
            elif words[:2] == ["property", "list"]:
                count_type, index_type = _PLY_TYPES[words[2]], _PLY_TYPES[words[3]]
                face = np.dtype([("count", count_type), ("vertex_indices", index_type, (3,))])
            elif words[:1] == ["property"] and element == "vertex":
                fields.append((words[2], _PLY_TYPES[words[1]]))
    except (KeyError, IndexError, ValueError):
        raise InputError(f"surface {path} has a damaged PLY header") from None
    if set(counts) != {"vertex", "face"} or not {"x", "y", "z"} <= {name for name, _ in fields}:
        raise InputError(f"surface {path} has elements other than vertices (x y z) and triangles")
    if len({name for name, _ in fields}) < len(fields) or min(counts.values()) < 0:
        raise InputError(f"surface {path} has a PLY header that names a property twice or counts below 0")
    return np.dtype(fields), counts["vertex"], face, counts["face"]
