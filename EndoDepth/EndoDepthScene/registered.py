"""A seen surface in CT space as a scene: organ, structures, and the whole case below one transform."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.anatomy.poly_data import to_poly_data
from EndoDepthLib.errors import OutputError
from EndoDepthLib.registration import Registration, SeenSurface
from EndoDepthLib.registration.overlay import COLORS
from EndoDepthLib.results.atomic import PARTIAL_PREFIX, atomic_path, write_error
from EndoDepthScene.kinds import KIND
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.session import MrmlSession

REGISTERED_TRANSFORM, REGISTERED_SURFACE, ORGAN, STRUCTURE = (
    "RegisteredTransform",
    "RegisteredSurface",
    "Organ",
    "Structure",
)
RESIDUAL = "Distance to organ (mm)"
_LARGEST_MM = 5.0
_DIVERGING = "vtkMRMLColorTableNodeFileColdToHotRainbow.txt"
_ORGAN_COLOR, _ORGAN_OPACITY = (0.75, 0.6, 0.55), 0.45
_BYTES_PER_VERTEX = 600


def add_registered(
    scene: Any,
    seen: SeenSurface,
    organ: OrganSurface,
    structures: Sequence[OrganSurface],
    registration: Registration,
) -> Any:
    """Add organ, structures and seen surface to a scene, the surface and what else moves in it below one transform.

    What the scene holds already (the case that the surface is of: surfaces, cameras, volumes) and has no transform goes
    below it too. Returns the vtkMRMLLinearTransformNode, whose attributes say how good the registration is.
    """
    case = [node for node in _transformable(scene) if node.GetParentTransformNode() is None]
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Seen surface in CT")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "Seen surface, distance to organ")
    data = to_poly_data(
        seen.vertices @ RAS_FROM_CAMERA, seen.triangles, {RESIDUAL: registration.residuals_mm.astype(np.float32)}
    )
    model.SetAndObservePolyData(data)
    model.SetAttribute(KIND, REGISTERED_SURFACE)
    _show_residuals(model)
    # Still the identity: a camera node adds up changes of its transform and misses one that was there before it.
    for node in (*case, model):
        node.SetAndObserveTransformNodeID(transform.GetID())
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(ras_matrix(registration.matrix).ravel().tolist())
    transform.SetMatrixTransformToParent(matrix)
    expected, bound = registration.expected_error_mm()
    for name, value in {
        "Method": registration.method,
        "Ambiguous": str(registration.ambiguous),
        "RmsMm": f"{registration.rms_mm:.3f}",
        "Coverage": f"{registration.coverage:.3f}",
        "ExpectedTargetErrorMm": f"{expected:.3f}",
        "TargetErrorBound90Mm": f"{bound:.3f}",
        "MillimetresPerUnit": f"{registration.scale:.6g}",
    }.items():
        transform.SetAttribute(PREFIX + name, value)
    transform.SetAttribute(KIND, REGISTERED_TRANSFORM)
    _add_organ(scene, organ, ORGAN, _ORGAN_COLOR, _ORGAN_OPACITY)
    for number, structure in enumerate(structures):
        color = tuple(channel / 255 for channel in COLORS[number % len(COLORS)])
        _add_organ(scene, structure, STRUCTURE, color, 1.0)
    return transform


def build_registered_scene(
    mrb_path: Path,
    seen: SeenSurface,
    organ: OrganSurface,
    structures: Sequence[OrganSurface],
    registration: Registration,
    case_scene: Path | None = None,
) -> None:
    """Write the scene to `mrb_path`, aside and renamed; case_scene: the scene.mrb of the case, which moves as a whole.

    Raises InputError when case_scene cannot be read, OutputError when the disk cannot take the scene.
    """
    mrb_path = Path(mrb_path)
    aside = mrb_path.parent / f"{PARTIAL_PREFIX}{mrb_path.stem}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        vertices = len(seen.vertices) + sum(len(each.vertices) for each in (organ, *structures))
        needed = _BYTES_PER_VERTEX * vertices + (2 * case_scene.stat().st_size if case_scene else 0)
        if shutil.disk_usage(aside).free < needed:
            raise OutputError(f"no space for the scene in '{mrb_path.parent}': {needed / 1e6:.0f} MB needed; free some")
        with MrmlSession(aside) as session:
            if case_scene is not None:
                session.read(case_scene)
            add_registered(session.scene, seen, organ, structures, registration)
            _name_files(session.scene)
            if not session.write(aside / mrb_path.name):
                raise OutputError(f"scene '{mrb_path}' cannot be written; check free space and rights of its folder")
        with atomic_path(mrb_path) as renamed:
            (aside / mrb_path.name).replace(renamed)
    except OSError as error:
        raise write_error(mrb_path, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def ras_matrix(lps_matrix: np.ndarray) -> np.ndarray:
    """(4, 4) between RAS spaces from (4, 4) between LPS spaces, and back."""
    turn = np.eye(4)
    turn[:3, :3] = RAS_FROM_CAMERA
    matrix: np.ndarray = turn @ lps_matrix @ turn
    return matrix


def _transformable(scene: Any) -> list[Any]:
    """Nodes of the scene that a user can move: no slices, no views, no transforms."""
    found = []
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLTransformableNode")):
        node = scene.GetNthNodeByClass(number, "vtkMRMLTransformableNode")
        hidden = node.GetHideFromEditors() and not node.IsA("vtkMRMLCameraNode")
        if not node.IsA("vtkMRMLTransformNode") and not hidden:
            found.append(node)
    return found


def _add_organ(scene: Any, organ: OrganSurface, kind: str, color: tuple[float, ...], opacity: float) -> None:
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", organ.name)
    model.SetAndObservePolyData(to_poly_data(organ.vertices @ RAS_FROM_CAMERA, organ.triangles))
    model.SetAttribute(KIND, kind)
    model.CreateDefaultDisplayNodes()
    display = model.GetDisplayNode()
    display.SetColor(*color)
    display.SetOpacity(opacity)
    display.SetVisibility2D(True)


def _show_residuals(model: Any) -> None:
    model.CreateDefaultDisplayNodes()
    display = model.GetDisplayNode()
    display.SetActiveScalar(RESIDUAL, vtk.vtkAssignAttribute.POINT_DATA)
    display.SetScalarRangeFlag(slicer.vtkMRMLDisplayNode.UseManualScalarRange)
    display.SetScalarRange(-_LARGEST_MM, _LARGEST_MM)
    display.SetAndObserveColorNodeID(_DIVERGING)
    display.SetScalarVisibility(True)
    display.SetBackfaceCulling(False)


def _name_files(scene: Any) -> None:
    # Files named by MRML after names with blanks would get a random ending: no two builds would be alike.
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLModelNode")):
        node = scene.GetNthNodeByClass(number, "vtkMRMLModelNode")
        if node.GetAttribute(KIND) in (REGISTERED_SURFACE, ORGAN, STRUCTURE):
            node.AddDefaultStorageNode()
            node.GetStorageNode().SetFileName(f"ct-{number:02d}.vtp")
