"""Points of a slice view that shows a case's frame."""

from __future__ import annotations

import vtk

from EndoDepthScene import CaseView


def ras_of_pixel(view: CaseView, u: float, v: float, slice_number: float = 0.0) -> tuple[float, ...]:
    """The point (R, A, S) at (u, v) of the selected frame, so many slices behind its plane."""
    matrix = vtk.vtkMatrix4x4()
    view.proxy("Depth").GetIJKToRASMatrix(matrix)
    return tuple(matrix.MultiplyPoint((u, v, slice_number, 1.0))[:3])
