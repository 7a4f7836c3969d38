"""A fused surface as .vtp, .obj and .stl, in LPS and with its unit said (the .ply is write_ply's)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthLib.errors import OutputError
from EndoDepthLib.fusion.fused_surface import FusedSurface
from EndoDepthLib.values import Scale

UNITS = {Scale.METRIC_MM: "mm", Scale.UP_TO_SCALE: "up to scale, not millimetres"}
SPACE = "LPS"
_STL = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_STL_HEADER_BYTES = 80


def write_vtp(fused: FusedSurface, path: Path) -> None:
    """Write VTK XML with point arrays RGB, Label and Weight; field data SPACE, UNITS and ScaleSource (text).

    Raises OutputError when the file cannot be written.
    """
    from vtkmodules.vtkCommonCore import vtkStringArray
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    from EndoDepthLib.fusion.poly_data import poly_data

    surface = fused.surface
    scalars = {"RGB": surface.colors, "Label": surface.labels, "Weight": fused.weights}
    data = poly_data(surface.vertices, surface.triangles, scalars)
    data.GetPointData().SetActiveScalars("RGB")
    words = {"SPACE": SPACE, "UNITS": UNITS[fused.scale], "ScaleSource": fused.scale_source}
    words |= {f"Label {number}": segment.name for number, segment in enumerate(fused.segments, start=1)}
    for name, text in words.items():
        array = vtkStringArray()
        array.SetName(name)
        array.InsertNextValue(text)
        data.GetFieldData().AddArray(array)
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    if not writer.Write() or not Path(path).is_file():
        raise OutputError(f"cannot write '{path}'; check free space and rights of its folder")


def write_obj(fused: FusedSurface, path: Path) -> None:
    """Write Wavefront OBJ, a colour (0..1) behind each vertex as MeshLab and Blender read; comments say the rest."""
    surface = fused.surface
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# SPACE={SPACE}\n# UNITS={UNITS[fused.scale]}\n")
        values = np.concatenate([surface.vertices, surface.colors / np.float32(255)], axis=1)
        np.savetxt(file, values, fmt="v %.6g %.6g %.6g %.4g %.4g %.4g")
        np.savetxt(file, surface.triangles + 1, fmt="f %d %d %d")


def write_stl(fused: FusedSurface, path: Path) -> None:
    """Write binary STL: shape only; the header says space and unit."""
    surface = fused.surface
    facets = np.zeros(len(surface.triangles), _STL)
    corners = surface.vertices[surface.triangles]
    facets["corners"] = corners
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    facets["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    header = f"EndoDepth SPACE={SPACE} UNITS={UNITS[fused.scale]}".encode("ascii")
    with Path(path).open("wb") as file:
        file.write(header.ljust(_STL_HEADER_BYTES)[:_STL_HEADER_BYTES])
        file.write(np.uint32(len(facets)).tobytes())
        file.write(facets.tobytes())
