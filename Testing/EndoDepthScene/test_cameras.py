"""The endoscope's camera beside the cameras of Slicer's 3D views."""

from __future__ import annotations

import slicer

from EndoDepthLib.values import Camera
from EndoDepthScene.cameras import add_camera, camera_of, place_camera

CAMERA = Camera(80.0, 81.0, 31.5, 23.5, 64, 48)


def test_a_view_that_is_made_later_leaves_the_camera_alone() -> None:
    scene = slicer.vtkMRMLScene()
    ours = [add_camera(scene, f"endoscope {number}") for number in range(3)]
    for node in ours:
        place_camera(node, CAMERA, 50.0)
    for view in ("1", "2", "3"):  # what vtkMRMLCameraDisplayableManager does for a new view
        of_view = slicer.vtkMRMLCameraNode()
        of_view.SetLayoutName(view)
        assert scene.AddNode(of_view).GetID() == f"vtkMRMLCameraNode{view}"
    assert [node.GetName() for node in ours] == ["endoscope 0", "endoscope 1", "endoscope 2"]
    assert [camera_of(node) for node in ours] == [CAMERA] * 3
