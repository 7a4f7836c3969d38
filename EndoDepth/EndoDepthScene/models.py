"""Coloured surfaces as model nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EndoDepthLib.values import DepthMap, Surface
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.volumes import confidence_percent

if TYPE_CHECKING:
    from EndoDepthLib.results import ResultsSegment

TISSUE_COLOR = "RGB"
STRUCTURE_COLOR = "RGB by structure"
LABEL = "Label"
CONFIDENCE = "Confidence (percent)"
DEPTH = "Depth"


def surface_poly_data(surface: Surface, segments: Sequence[ResultsSegment] = (), depth: DepthMap | None = None) -> Any:
    """The surface as vtkPolyData in RAS with point scalars.

    RGB: the frame's colours (uchar). With segments: Label (0 = none) and the colours tinted by structure. With the
    depth of the frame: Depth and Confidence (percent), to colour or hide by.
    """
    data = vtk.vtkPolyData()
    points = vtk.vtkPoints()
    positions = surface.vertices.astype(np.float32) * RAS_FROM_CAMERA.diagonal().astype(np.float32)
    points.SetData(numpy_to_vtk(np.ascontiguousarray(positions), deep=True))
    data.SetPoints(points)
    triangles = vtk.vtkCellArray()
    offsets = np.arange(0, 3 * len(surface.triangles) + 1, 3, dtype=np.int32)
    corners = np.ascontiguousarray(surface.triangles, np.int32).ravel()
    triangles.SetData(
        numpy_to_vtk(offsets, deep=True, array_type=vtk.VTK_TYPE_INT32),
        numpy_to_vtk(corners, deep=True, array_type=vtk.VTK_TYPE_INT32),
    )
    data.SetPolys(triangles)
    _add_scalars(data, TISSUE_COLOR, surface.colors)
    if segments:
        from EndoDepthLib.reconstruction import tint_by_label

        _add_scalars(data, STRUCTURE_COLOR, tint_by_label(surface, [s.color for s in segments]).colors)
        _add_scalars(data, LABEL, surface.labels)
    if depth is not None:
        columns, rows = surface.pixels.astype(np.intp).T
        _add_scalars(data, DEPTH, surface.vertices[:, 2])
        _add_scalars(data, CONFIDENCE, confidence_percent(depth)[rows, columns])
    data.GetPointData().SetActiveScalars(TISSUE_COLOR)
    return data


def surface_model(surface: Surface, segments: Sequence[ResultsSegment] = (), depth: DepthMap | None = None) -> Any:
    """A vtkMRMLModelNode of the surface, not yet in a scene."""
    node = slicer.vtkMRMLModelNode()
    node.SetAndObservePolyData(surface_poly_data(surface, segments, depth))
    return node


def show_colors(node: Any, scalars: str = TISSUE_COLOR) -> None:
    """Make a model node in a scene show one of its colour arrays as it is: the video already contains its light."""
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetActiveScalar(scalars, vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarRangeFlag(slicer.vtkMRMLDisplayNode.UseDirectMapping)
    display.SetScalarVisibility(True)
    display.SetAmbient(1.0)
    display.SetDiffuse(0.0)
    display.SetSpecular(0.0)
    display.SetBackfaceCulling(False)
    display.SetVisibility2D(False)


def show_values(node: Any, scalars: str, like: Any) -> None:
    """Make a model node in a scene show a value array in the colours and the window of a volume's display node.

    The surface is lit a little: values alone would hide its shape.
    """
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetActiveScalar(scalars, vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarRangeFlag(slicer.vtkMRMLDisplayNode.UseManualScalarRange)
    display.SetScalarRange(like.GetLevel() - like.GetWindow() / 2, like.GetLevel() + like.GetWindow() / 2)
    display.SetAndObserveColorNodeID(like.GetColorNodeID())
    display.SetScalarVisibility(True)
    display.SetAmbient(0.6)
    display.SetDiffuse(0.4)
    display.SetSpecular(0.0)
    display.SetBackfaceCulling(False)
    display.SetVisibility2D(False)


def camera_points_of(node: Any) -> np.ndarray:
    """(N, 3) float64 vertices of a model node in OpenCV camera axes."""
    positions = vtk_to_numpy(node.GetPolyData().GetPoints().GetData()).astype(np.float64)
    points: np.ndarray = positions @ RAS_FROM_CAMERA
    return points


def point_scalars_of(node: Any, name: str) -> np.ndarray:
    """Point scalars of a model node, (N,) or (N, C), as a view of its memory. Raises KeyError when it has none such."""
    array = node.GetPolyData().GetPointData().GetArray(name)
    if array is None:
        raise KeyError(name)
    return vtk_to_numpy(array)


def _add_scalars(data: Any, name: str, values: np.ndarray) -> None:
    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
    array.SetName(name)
    data.GetPointData().AddArray(array)
