"""Structures of the CT that are in the scene as models or as segments of a segmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.anatomy.poly_data import from_poly_data
from EndoDepthLib.errors import InputError
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.placement import RAS_FROM_CAMERA

CLOSED_SURFACE = "Closed surface"


@dataclass(frozen=True)
class CTStructure:
    """A structure of the CT. node: vtkMRMLModelNode or vtkMRMLSegmentationNode; segment_id: "" for a model."""

    node: Any
    segment_id: str
    name: str
    color: tuple[float, float, float]

    @property
    def key(self) -> str:
        """What tells it from others in this scene."""
        return f"{self.node.GetID()}/{self.segment_id}"

    def surface(self) -> OrganSurface:
        """Its surface in LPS millimetres where it stands in the scene. Raises InputError for one that is none."""
        data = self.node.GetPolyData() if not self.segment_id else _closed_surface(self.node, self.segment_id)
        if data is None or data.GetNumberOfCells() == 0:
            raise InputError(f"'{self.name}' has no surface; choose a model or a segment that is not empty")
        local, triangles = from_poly_data(data)
        if not len(triangles):
            raise InputError(f"'{self.name}' has no triangles; choose a model or a segment that is a surface")
        vertices = _to_world(self.node, local) @ RAS_FROM_CAMERA
        return OrganSurface(vertices, triangles, self.name)


def ct_structures(scene: Any) -> list[CTStructure]:
    """Every model and segment of a scene that is no part of a case: what the user brought from the CT."""
    ours = {node.GetID() for view in CaseView.all(scene) for node in view.nodes}
    found = []
    for node in _nodes(scene, "vtkMRMLModelNode"):
        if node.GetID() not in ours and node.GetPolyData() is not None and not _is_of_slice(node):
            node.CreateDefaultDisplayNodes()
            found.append(CTStructure(node, "", node.GetName(), tuple(node.GetDisplayNode().GetColor())))
    for node in _nodes(scene, "vtkMRMLSegmentationNode"):
        if node.GetID() not in ours:
            content = node.GetSegmentation()
            for number in range(content.GetNumberOfSegments()):
                segment = content.GetNthSegment(number)
                identifier = content.GetNthSegmentID(number)
                found.append(CTStructure(node, identifier, segment.GetName(), tuple(segment.GetColor())))
    return found


def find_structure(structures: Sequence[CTStructure], key: str) -> CTStructure | None:
    """The structure of this key, None when it is not there any more."""
    return next((each for each in structures if each.key == key), None)


def _nodes(scene: Any, class_name: str) -> list[Any]:
    return [scene.GetNthNodeByClass(number, class_name) for number in range(scene.GetNumberOfNodesByClass(class_name))]


def _is_of_slice(node: Any) -> bool:
    return bool(node.GetHideFromEditors()) or node.GetName().endswith("Volume Slice")


def _closed_surface(node: Any, segment_id: str) -> Any:
    content = node.GetSegmentation()
    if not content.ContainsRepresentation(CLOSED_SURFACE):
        content.CreateRepresentation(CLOSED_SURFACE)
    data = vtk.vtkPolyData()
    representation = content.GetSegment(segment_id).GetRepresentation(CLOSED_SURFACE)
    if representation is None:
        return None
    data.DeepCopy(representation)
    return data


def _to_world(node: Any, points: np.ndarray) -> np.ndarray:
    parent = node.GetParentTransformNode()
    if parent is None:
        return points
    transform = vtk.vtkGeneralTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(parent, None, transform)
    given, moved = vtk.vtkPoints(), vtk.vtkPoints()
    given.SetDataTypeToDouble()
    moved.SetDataTypeToDouble()
    for point in points:
        given.InsertNextPoint(point)
    transform.TransformPoints(given, moved)
    return vtk_to_numpy(moved.GetData()).astype(np.float64)
