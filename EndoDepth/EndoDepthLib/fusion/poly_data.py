"""A triangle mesh as vtkPolyData."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def poly_data(vertices: np.ndarray, triangles: np.ndarray, scalars: Mapping[str, np.ndarray] | None = None) -> Any:
    """vtkPolyData of vertices (N, 3), stored as float32, and triangles (M, 3); scalars: name -> (N,) or (N, C)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import VTK_TYPE_INT32, vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(vertices, np.float32), deep=True))
    cells = vtkCellArray()
    cells.SetData(
        numpy_to_vtk(np.arange(0, 3 * len(triangles) + 1, 3, dtype=np.int32), deep=True, array_type=VTK_TYPE_INT32),
        numpy_to_vtk(np.ascontiguousarray(triangles, np.int32).ravel(), deep=True, array_type=VTK_TYPE_INT32),
    )
    mesh = vtkPolyData()
    mesh.SetPoints(points)
    mesh.SetPolys(cells)
    for name, values in (scalars or {}).items():
        array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
        array.SetName(name)
        mesh.GetPointData().AddArray(array)
    return mesh
