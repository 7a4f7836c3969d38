"""CT structures drawn over the frame that a case was aligned with, and their distances from what that frame shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.errors import InputError
from EndoDepthLib.registration.planning import distances_mm, structure_distances
from EndoDepthLib.registration.registration_file import registration_from
from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import FRAME, KIND, SURFACE, nodes_of_kind
from EndoDepthScene.models import LABEL, camera_points_of, point_scalars_of
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.volumes import image_data, pixels_of

OVERLAY_REFERENCE = PREFIX + "overlay"
DISTANCES = "CTDistances"


def show_overlay(view: CaseView, structures: Sequence[OrganSurface]) -> Any:
    """A vtkMRMLVectorVolumeNode: the aligned frame with the structures drawn where the CT has them; made or updated.

    It stands where the frame stands. Raises InputError when the case is not aligned, or another frame is selected: the
    pose is that of one frame.
    """
    from EndoDepthLib.registration.overlay import draw_overlay  # needs OpenCV, which a fresh Slicer lacks

    alignment = _aligned(view)
    frame = view.item(FRAME)
    picture = np.ascontiguousarray(pixels_of(frame))
    registration = registration_from(alignment.found)
    drawn = draw_overlay(picture, structures, registration, view.camera, np.eye(4))
    node = view.browser.GetNodeReference(OVERLAY_REFERENCE)
    if node is None:
        node = view.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", f"{view.name} with CT structures")
        view.browser.SetNodeReferenceID(OVERLAY_REFERENCE, node.GetID())
    matrix = vtk.vtkMatrix4x4()
    frame.GetIJKToRASMatrix(matrix)
    node.SetIJKToRASMatrix(matrix)
    node.SetAndObserveImageData(image_data(drawn))
    node.SetAttribute(PREFIX + "FrameIndex", str(view.frame_index))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(255.0, 127.5)
    alignment.hold([node])
    return node


def remove_overlay(view: CaseView) -> None:
    """Take the drawn frame out of the scene; nothing happens without one."""
    node = view.browser.GetNodeReference(OVERLAY_REFERENCE)
    if node is not None:
        view.browser.SetNodeReferenceID(OVERLAY_REFERENCE, None)
        view.scene.RemoveNode(node)


def measure_distances(view: CaseView, structures: Sequence[OrganSurface]) -> Any:
    """A vtkMRMLTableNode: for the seen surface, and each structure marked on it, the distance to each CT structure.

    The selected frame's surface gets an array "Distance to NAME (mm)" for each of them. Raises InputError as above.
    """
    alignment = _aligned(view)
    registration = registration_from(alignment.found)
    item = view.item(SURFACE)
    points = camera_points_of(item)
    seen = {"seen surface": points}
    if item.GetPolyData().GetPointData().HasArray(LABEL):
        labels = point_scalars_of(item, LABEL)
        seen |= {each.name: points[labels == number] for number, each in enumerate(view.segments, start=1)}
    rows = structure_distances(registration, seen, structures)
    for structure in structures:
        values = numpy_to_vtk(distances_mm(registration.ct_from_surface.apply(points), structure), deep=True)
        values.SetName(f"Distance to {structure.name} (mm)")
        item.GetPolyData().GetPointData().AddArray(values)
    view.refresh()
    for old in list(nodes_of_kind(view.scene, "vtkMRMLTableNode", DISTANCES)):
        view.scene.RemoveNode(old)
    table = view.scene.AddNewNodeByClass("vtkMRMLTableNode", f"{view.name} distances to CT structures (mm)")
    table.SetAttribute(KIND, DISTANCES)
    columns: dict[str, list[str] | list[float]] = {
        "seen": [row.seen for row in rows],
        "CT structure": [row.structure for row in rows],
        "nearest (mm)": [row.nearest_mm for row in rows],
        "median (mm)": [row.median_mm for row in rows],
        "error, 9 of 10 (mm)": [row.bound_90_mm for row in rows],
    }
    for name, values in columns.items():
        column = vtk.vtkStringArray() if isinstance(values[0], str) else vtk.vtkDoubleArray()
        column.SetName(name)
        for value in values:
            column.InsertNextValue(value if isinstance(value, str) else round(value, 2))
        table.AddColumn(column)
    return table


def _aligned(view: CaseView) -> CaseAlignment:
    alignment = CaseAlignment(view)
    if not alignment.found:
        raise InputError(f"'{view.name}' is not aligned to the CT; register its surface first")
    if alignment.frame_index != view.frame_index:
        raise InputError(
            f"'{view.name}' was aligned with frame {alignment.frame_index} and frame {view.frame_index} is selected; "
            "each frame has its own pose: go to that frame, or register this one"
        )
    return alignment
