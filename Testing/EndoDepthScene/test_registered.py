"""The registration in Slicer's own classes: transform files go the right way, and the whole case moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
from organ_shapes.seen_part import Trial, make_trial
from organ_shapes.shapes import organ_mesh
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.registration import Registration, register_surface, write_transform
from EndoDepthLib.values import Surface
from EndoDepthScene import MrmlSession
from EndoDepthScene.kinds import nodes_of_kind
from EndoDepthScene.models import surface_model
from EndoDepthScene.registered import (
    ORGAN,
    REGISTERED_SURFACE,
    REGISTERED_TRANSFORM,
    STRUCTURE,
    add_registered,
    build_registered_scene,
    ras_matrix,
)

TURN = np.array([-1.0, -1.0, 1.0])


@pytest.fixture(scope="module")
def done() -> tuple[Trial, OrganSurface, Registration]:
    organ = OrganSurface(*organ_mesh("smooth", 3), name="kidney")
    trial = make_trial(organ, 1)
    return trial, organ, register_surface(trial.seen, organ, trial.landmarks)


def _matrix(node: slicer.vtkMRMLTransformNode) -> np.ndarray:
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetMatrixTransformToParent(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


@pytest.mark.parametrize("suffix", [".tfm", ".h5"])
def test_slicer_reads_the_transform_in_the_right_direction(
    tmp_path: Path, done: tuple[Trial, OrganSurface, Registration], suffix: str
) -> None:
    found = done[2]
    path = tmp_path / f"transform{suffix}"
    write_transform(path, found.matrix)
    with MrmlSession() as session:
        node = session.scene.AddNewNodeByClass("vtkMRMLTransformNode")
        storage = session.scene.AddNewNodeByClass("vtkMRMLTransformStorageNode")
        storage.SetFileName(str(path))
        assert storage.ReadData(node)
        assert _matrix(node) == pytest.approx(ras_matrix(found.matrix), abs=1e-4)


def test_the_scene_comes_back(tmp_path: Path, done: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = done
    tumour = OrganSurface(organ.vertices * 0.2, organ.triangles, "tumour")
    build_registered_scene(tmp_path / "scene.mrb", trial.seen, organ, [tumour], found)
    assert [path.name for path in tmp_path.iterdir()] == ["scene.mrb"]
    with MrmlSession() as session:
        session.read(tmp_path / "scene.mrb")
        (model,) = nodes_of_kind(session.scene, "vtkMRMLModelNode", REGISTERED_SURFACE)
        (transform,) = nodes_of_kind(session.scene, "vtkMRMLLinearTransformNode", REGISTERED_TRANSFORM)
        assert model.GetParentTransformNode() is transform
        local = vtk_to_numpy(model.GetPolyData().GetPoints().GetData()).astype(float)
        matrix = _matrix(transform)
        placed = (local @ matrix[:3, :3].T + matrix[:3, 3]) * TURN
        assert placed == pytest.approx(found.ct_from_surface.apply(trial.seen.vertices), abs=0.01)
        (shown,) = nodes_of_kind(session.scene, "vtkMRMLModelNode", ORGAN)
        points = vtk_to_numpy(shown.GetPolyData().GetPoints().GetData())
        assert points * TURN == pytest.approx(organ.vertices, abs=0.01)
        assert shown.GetParentTransformNode() is None
        assert [node.GetName() for node in nodes_of_kind(session.scene, "vtkMRMLModelNode", STRUCTURE)] == ["tumour"]


def test_the_scene_of_a_case_is_taken_along(tmp_path: Path, done: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = done
    (tmp_path / "case").mkdir()
    with MrmlSession() as session:
        session.scene.AddNode(surface_model(_surface(trial))).SetName("fused")
        assert session.write(tmp_path / "case" / "scene.mrb")
    build_registered_scene(tmp_path / "scene.mrb", trial.seen, organ, [], found, tmp_path / "case" / "scene.mrb")
    with MrmlSession() as session:
        session.read(tmp_path / "scene.mrb")
        fused = session.scene.GetFirstNodeByName("fused")
        assert fused.GetParentTransformNode().GetName() == "Seen surface in CT"


def _surface(trial: Trial) -> Surface:
    count = len(trial.seen.vertices)
    return Surface(
        trial.seen.vertices.astype(np.float32),
        trial.seen.triangles,
        np.zeros((count, 3), np.uint8),
        np.zeros(count, np.uint8),
        np.zeros((count, 2), np.float32),
    )


def test_the_whole_case_moves(done: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = done
    with MrmlSession() as session:
        case = session.scene.AddNode(surface_model(_surface(trial)))
        camera = session.scene.AddNewNodeByClass("vtkMRMLCameraNode")
        camera.SetPosition(0, 0, 0)
        camera.SetFocalPoint(0, 0, 10)
        transform = add_registered(session.scene, trial.seen, organ, [], found)
        assert case.GetParentTransformNode() is transform
        eye = np.array(camera.GetPosition()) * TURN
        assert eye == pytest.approx(found.ct_from_surface.translation, abs=0.01)
