"""Between numpy and VTK's meshes; VTK is loaded when first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np


def to_poly_data(vertices: np.ndarray, triangles: np.ndarray, scalars: Mapping[str, np.ndarray] | None = None) -> Any:
    """vtkPolyData of vertices (N, 3) and triangles (M, 3); scalars: named arrays, the first one active."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(vertices, np.float32), deep=True))
    data.SetPoints(points)
    offsets = np.arange(0, 3 * len(triangles) + 1, 3, dtype=np.int64)
    corners = np.ascontiguousarray(triangles, np.int64).ravel()
    cells.SetData(numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(corners, deep=True))
    data.SetPolys(cells)
    for name, values in (scalars or {}).items():
        array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
        array.SetName(name)
        data.GetPointData().AddArray(array)
        if data.GetPointData().GetScalars() is None:
            data.GetPointData().SetActiveScalars(name)
    return data


def from_poly_data(data: Any) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float64 and triangles (M, 3) int32 of a vtkPolyData; polygons are cut into triangles."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkCleanPolyData, vtkTriangleFilter

    cut, clean = vtkTriangleFilter(), vtkCleanPolyData()
    cut.PassLinesOff()
    cut.PassVertsOff()
    cut.SetInputData(data)
    clean.SetInputConnection(cut.GetOutputPort())
    clean.SetTolerance(0.0)
    clean.ConvertPolysToLinesOff()
    clean.Update()
    found = clean.GetOutput()
    if not found.GetNumberOfPoints() or not found.GetNumberOfPolys():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int32)
    vertices = vtk_to_numpy(found.GetPoints().GetData()).astype(np.float64)
    return vertices, vtk_to_numpy(found.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int32)


@contextmanager
def silent_vtk() -> Iterator[None]:
    """VTK's own messages are not shown inside the block: the caller says what is wrong, in one line."""
    from vtkmodules.vtkCommonCore import vtkObject

    shown = vtkObject.GetGlobalWarningDisplay()
    vtkObject.GlobalWarningDisplayOff()
    try:
        yield
    finally:
        vtkObject.SetGlobalWarningDisplay(shown)
