"""A 3D view looks through the endoscope, moves with it, and then looks as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sample_case.lettered import camera, make_results, request

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthScene import CaseScene, CaseView, MrmlSession
from EndoDepthScene.follow import EndoscopeView, camera_node_of_view
from EndoDepthScene.hierarchy import remove_node
from EndoDepthScene.pictures import surface_picture

WIDTH, HEIGHT = 160, 120


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseView]:
    """A case without lens distortion whose axis is off-centre and whose pixels are not square."""
    lens = camera(WIDTH, HEIGHT).pinhole()
    results = make_results(tmp_path_factory.mktemp("follow") / "out", request(lens), 1, stride=1)
    with MrmlSession() as session:
        built = CaseScene(session.scene, results)
        built.add_frame(0)
        yield CaseView.find(built.browser)


@pytest.fixture
def view_camera(case: CaseView) -> Iterator[object]:
    view_node = case.scene.AddNewNodeByClass("vtkMRMLViewNode")
    view_node.SetLayoutName("1")
    assert camera_node_of_view(view_node) is None  # that of the endoscope belongs to no view
    node = case.scene.AddNewNodeByClass("vtkMRMLCameraNode")
    node.SetLayoutName("1")
    assert camera_node_of_view(view_node) is node
    node.SetPosition(10, 20, 30)
    node.SetFocalPoint(1, 2, 3)
    node.SetViewUp(0, 0, 1)
    node.SetViewAngle(25)
    yield node
    for added in (node, view_node):
        remove_node(case.scene, added)


def _look(node: object) -> list[float]:
    camera_of_node = node.GetCamera()  # type: ignore[attr-defined]
    return [
        *camera_of_node.GetPosition(),
        *camera_of_node.GetFocalPoint(),
        *camera_of_node.GetViewUp(),
        camera_of_node.GetViewAngle(),
        camera_of_node.GetParallelProjection(),
        *camera_of_node.GetWindowCenter(),
    ]


@pytest.mark.parametrize("aspect", [None, 2.0, 0.6], ids=["of the frame", "wider", "narrower"])
def test_the_frame_is_seen_where_it_was_taken(case: CaseView, view_camera: object, aspect: float | None) -> None:
    import cv2

    following = EndoscopeView(case, view_camera)
    following.turn_on(aspect)
    lens = case.camera
    plane = np.array([lens.width / lens.fx, lens.height / lens.fy])
    shown = aspect or plane[0] / plane[1]
    height = 240
    picture = surface_picture(
        case.proxy("Surface"),
        view_camera.GetCamera(),  # type: ignore[attr-defined]
        round(shown * height),
        height,
    )
    # The whole frame stands in the middle of the view, as large as it can.
    size = np.rint(plane * min(picture.shape[1] / plane[0], height / plane[1])).astype(int)
    x, y = (picture.shape[1] - size[0]) // 2, (height - size[1]) // 2
    seen = picture[y : y + size[1], x : x + size[0]].astype(float)
    from EndoDepthScene.volumes import pixels_of

    frame = cv2.resize(pixels_of(case.proxy("Frame")), tuple(size.tolist())).astype(float)
    inside = np.s_[15:-15, 15:-15]
    difference = np.abs(seen - frame)[inside].mean()
    assert difference < 5
    assert np.abs(np.roll(seen, 4, axis=1) - frame)[inside].mean() > 1.5 * difference
    following.turn_off()


def test_off_looks_as_before_and_on_moves_with_the_endoscope(case: CaseView, view_camera: object) -> None:
    before = _look(view_camera)
    following = EndoscopeView(case, view_camera)
    following.turn_off()  # nothing to take back
    assert _look(view_camera) == before
    following.turn_on(1.5)
    following.turn_on(2.0)  # the view was resized; what to go back to stays
    assert following.is_on
    case.camera_node.SetPosition(1, 2, -3)
    assert _look(view_camera)[:3] == [1, 2, -3]
    following.turn_off()
    assert not following.is_on
    assert _look(view_camera) == before
    case.camera_node.SetPosition(0, 0, 0)
    assert _look(view_camera) == before
    with pytest.raises(SettingsError, match="aspect of the 3D view is 0"):
        following.turn_on(0)


def test_without_a_camera_it_stays_off(view: CaseView) -> None:
    node = view.scene.AddNewNodeByClass("vtkMRMLCameraNode")
    remove_node(view.scene, view.camera_node)
    following = EndoscopeView(view, node)
    with pytest.raises(InputError, match="lost its endoscope camera"):
        following.turn_on()
    assert not following.is_on


def test_a_view_that_was_removed_is_left_alone(view: CaseView, tmp_path: Path) -> None:
    node = view.scene.AddNewNodeByClass("vtkMRMLCameraNode")
    following = EndoscopeView(view, node)
    following.turn_on()
    remove_node(view.scene, node)
    following.turn_off()
    assert not following.is_on
