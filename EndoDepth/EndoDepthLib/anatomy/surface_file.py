"""Surface files as Slicer and others write them: read into LPS millimetres, and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.anatomy.poly_data import from_poly_data, silent_vtk, to_poly_data
from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_path

SURFACE_SUFFIXES = (".stl", ".ply", ".obj", ".vtp", ".vtk")
_HEAD_BYTES = 4096
_SPACE = "SPACE"


class Mesh(Protocol):
    """Anything with vertices (N, 3) and triangles (M, 3)."""

    @property
    def vertices(self) -> np.ndarray:
        """(N, 3)."""

    @property
    def triangles(self) -> np.ndarray:
        """(M, 3)."""


def is_surface_file(path: Path) -> bool:
    """Whether the name is one of a surface."""
    return path.suffix.lower() in SURFACE_SUFFIXES


def read_surface_file(path: Path, name: str | None = None) -> OrganSurface:
    """The organ in a surface file, in LPS millimetres. Raises InputError when it cannot be used."""
    vertices, triangles = read_mesh(path)
    return OrganSurface(vertices, triangles, name or Path(path).stem)


def read_mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float64 in LPS and triangles (M, 3) int32 of a surface file.

    A header that says SPACE=RAS is obeyed; without one it is LPS, as in Slicer. Raises InputError for a file that is
    missing, of another kind, or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"surface '{path}' does not exist; expected a file: {', '.join(SURFACE_SUFFIXES)}")
    if not is_surface_file(path):
        raise InputError(f"surface '{path}' is of a kind that is not read; expected {', '.join(SURFACE_SUFFIXES)}")
    reader = _reader(path.suffix.lower())
    reader.SetFileName(str(path))
    with silent_vtk():
        reader.Update()
    data = reader.GetOutput()
    vertices, triangles = from_poly_data(data) if data is not None else (np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    if not len(triangles):
        raise InputError(f"surface '{path}' holds no triangles: it is empty, damaged, or not what its name says")
    if _space(path, data) == "RAS":
        vertices = vertices * [-1.0, -1.0, 1.0]
    return vertices, triangles


def write_surface_file(path: Path, mesh: Mesh, scalars: Mapping[str, np.ndarray] | None = None) -> None:
    """Write a mesh in LPS (said so in the header) as .vtp, .ply or .stl; scalars of its vertices go into .vtp only.

    The file appears whole or not at all. Raises OutputError when the disk cannot take it.
    """
    path = Path(path)
    data = to_poly_data(mesh.vertices, mesh.triangles, scalars)
    writer = _writer(path.suffix.lower(), data)
    with atomic_path(path) as aside, silent_vtk():
        writer.SetFileName(str(aside))
        if not writer.Write() or not aside.is_file():
            raise OSError(f"VTK could not write {path.name}")


def _reader(suffix: str) -> Any:
    from vtkmodules import vtkIOGeometry, vtkIOLegacy, vtkIOPLY, vtkIOXML

    return {
        ".stl": vtkIOGeometry.vtkSTLReader,
        ".obj": vtkIOGeometry.vtkOBJReader,
        ".ply": vtkIOPLY.vtkPLYReader,
        ".vtp": vtkIOXML.vtkXMLPolyDataReader,
        ".vtk": vtkIOLegacy.vtkPolyDataReader,
    }[suffix]()


def _writer(suffix: str, data: Any) -> Any:
    from vtkmodules.vtkCommonCore import vtkStringArray
    from vtkmodules.vtkIOGeometry import vtkSTLWriter
    from vtkmodules.vtkIOPLY import vtkPLYWriter
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    if suffix == ".vtp":
        space = vtkStringArray()
        space.SetName(_SPACE)
        space.InsertNextValue("LPS")
        data.GetFieldData().AddArray(space)
        writer = vtkXMLPolyDataWriter()
        writer.SetDataModeToAppended()
        writer.EncodeAppendedDataOff()
    elif suffix == ".ply":
        writer = vtkPLYWriter()
        writer.AddComment("SPACE=LPS")
    elif suffix == ".stl":
        writer = vtkSTLWriter()
        writer.SetFileTypeToBinary()
        writer.SetHeader("SPACE=LPS")
    else:
        raise InputError(f"surfaces are written as .vtp, .ply or .stl, not {suffix!r}")
    writer.SetInputData(data)
    return writer


def _space(path: Path, data: Any) -> str:
    """RAS or LPS, as the file's field data or the comments in its head say; LPS when they say nothing."""
    array = data.GetFieldData().GetAbstractArray(_SPACE) if data.GetFieldData() is not None else None
    if array is not None and array.GetNumberOfValues():
        return str(array.GetVariantValue(0).ToString()).strip().upper()
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).upper()
    return "RAS" if b"SPACE=RAS" in head else "LPS"
