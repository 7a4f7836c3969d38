"""A whole case moves into CT space and back, landmarks with it, also in a scene that was saved and read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from sample_case.lettered import LIVER, camera, make_results, request
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.errors import InputError
from EndoDepthScene import CaseView, MrmlSession
from EndoDepthScene.case import CaseScene
from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.ct_structures import ct_structures, find_structure
from EndoDepthScene.landmark_pairs import IN_CT, ON_SEEN, LandmarkLists
from EndoDepthScene.models import camera_points_of

POSE = np.array([[0.0, -2, 0, 30], [2, 0, 0, -10], [0, 0, 2, 100], [0, 0, 0, 1]])
"""Turned by 90 degrees, twice as large, moved."""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    results = make_results(tmp_path / "results", request(camera(), (LIVER,)), 2)
    with MrmlSession() as session:
        case = CaseScene(session.scene, results)
        for position in range(len(results)):
            case.add_frame(position)
        case.finish()
        yield session


def world_lps(node: Any) -> np.ndarray:
    """Vertices of a model where they stand in the world, LPS."""
    points = []
    for each in vtk_to_numpy(node.GetPolyData().GetPoints().GetData()):
        world = [0.0] * 3
        node.TransformPointToWorld([float(coordinate) for coordinate in each], world)
        points.append(world)
    return np.array(points) * [-1, -1, 1]


def test_every_node_of_the_case_moves_and_comes_back(session: Any) -> None:
    view = CaseView.all(session.scene)[0]
    alignment = CaseAlignment(view)
    camera_before, bounds_before = view.camera_node.GetFocalPoint(), np.array(view.proxy("Frame").GetOrigin())
    seen = camera_points_of(view.proxy("Surface"))
    alignment.place(POSE, {"method": "landmarks"})
    assert np.allclose(world_lps(view.proxy("Surface")), seen @ POSE[:3, :3].T + POSE[:3, 3], atol=1e-3)
    assert np.allclose(view.camera_node.GetPosition(), [-30, 10, 100])
    assert all(
        node.GetTransformNodeID() == alignment.node.GetID()
        for node in view.nodes
        if node.IsA("vtkMRMLTransformableNode")
    )
    view.select(1)
    assert view.proxy("Frame").GetTransformNodeID() == alignment.node.GetID(), "the next frame moves too"
    assert np.allclose(alignment.ct_from_camera, POSE)
    second = POSE.copy()
    second[:3, 3] += 5
    alignment.place(second, {"method": "surface"})
    assert alignment.found == {"method": "surface"} and alignment.frame_index == view.frame_index
    alignment.undo()
    assert np.allclose(alignment.ct_from_camera, POSE) and alignment.found == {"method": "landmarks"}
    alignment.undo()
    assert not alignment.is_aligned and alignment.ct_from_camera is None and alignment.found == {}
    assert np.allclose(view.camera_node.GetPosition(), 0, atol=1e-9)
    assert np.allclose(view.camera_node.GetFocalPoint(), camera_before)
    assert np.array_equal(view.proxy("Frame").GetOrigin(), bounds_before)
    assert session.scene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode") == 0


def test_a_saved_scene_keeps_pose_and_history(session: Any, tmp_path: Path) -> None:
    view = CaseView.all(session.scene)[0]
    CaseAlignment(view).place(POSE, {"method": "landmarks"})
    CaseAlignment(view).place(2 * POSE - np.diag([0, 0, 0, 1.0]), {})
    session.write(tmp_path / "aligned.mrb")
    with MrmlSession() as fresh:
        fresh.read(tmp_path / "aligned.mrb")
        alignment = CaseAlignment(CaseView.all(fresh.scene)[0])
        alignment.undo()
        assert np.allclose(alignment.ct_from_camera, POSE)
        camera_node = CaseView.all(fresh.scene)[0].camera_node
        assert np.allclose(camera_node.GetPosition(), [-30, 10, 100], atol=1e-6)


def test_landmarks_are_told_in_camera_and_ct_coordinates(session: Any) -> None:
    view, lists = CaseView.all(session.scene)[0], LandmarkLists(session.scene)
    assert lists.count(ON_SEEN) == 0 and lists.surface_points().shape == (0, 3)
    seen, ct = lists.make(ON_SEEN, "seen", view), lists.make(IN_CT, "ct", view)
    assert lists.make(ON_SEEN, "seen", view) is seen
    seen.AddControlPointWorld(-1.0, -2.0, 50.0)
    ct.AddControlPointWorld(-7.0, -8.0, 9.0)
    assert np.allclose(lists.surface_points(), [[1, 2, 50]]) and np.allclose(lists.ct_points(), [[7, 8, 9]])
    CaseAlignment(view).place(POSE, {}, [seen])
    assert np.allclose(lists.surface_points(), [[1, 2, 50]]), "camera coordinates do not depend on the pose"
    world = [0.0] * 3
    seen.GetNthControlPointPositionWorld(0, world)
    assert np.allclose(np.array(world) * [-1, -1, 1], POSE[:3, :3] @ [1, 2, 50] + POSE[:3, 3])
    lists.remove()
    assert lists.nodes() == []


def test_structures_of_the_ct_are_found_with_their_place(session: Any) -> None:
    assert ct_structures(session.scene) == [], "the case's own nodes are no CT"
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(40)
    sphere.SetCenter(10, 20, 30)
    sphere.SetThetaResolution(16)
    sphere.SetPhiResolution(16)
    sphere.Update()
    model = session.scene.AddNewNodeByClass("vtkMRMLModelNode", "liver")
    model.SetAndObservePolyData(sphere.GetOutput())
    transform = session.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 5.0)
    transform.SetMatrixTransformToParent(matrix)
    model.SetAndObserveTransformNodeID(transform.GetID())
    segmentation = session.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "CT structures")
    segment = slicer.vtkSegment()
    segment.SetName("vessels")
    segment.AddRepresentation("Closed surface", sphere.GetOutput())
    segmentation.GetSegmentation().AddSegment(segment, "one")
    segmentation.GetSegmentation().SetSourceRepresentationName("Closed surface")
    empty = session.scene.AddNewNodeByClass("vtkMRMLModelNode", "nothing")
    empty.SetAndObservePolyData(vtk.vtkPolyData())
    found = ct_structures(session.scene)
    assert [each.name for each in found] == ["liver", "nothing", "vessels"]
    assert np.allclose(found[0].surface().vertices.mean(axis=0), [-15, -20, 30], atol=0.5)
    assert np.allclose(found[2].surface().vertices.mean(axis=0), [-10, -20, 30], atol=0.5)
    assert find_structure(found, found[2].key) is found[2] and find_structure(found, "gone/") is None
    with pytest.raises(InputError, match="'nothing' has no surface"):
        found[1].surface()
