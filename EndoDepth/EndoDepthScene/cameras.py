"""The endoscope's camera as a camera node that keeps its full intrinsics."""

from __future__ import annotations

import math
from typing import Any

from EndoDepthLib.values import Camera, DistortionModel

_PREFIX = "EndoDepth.Camera."
_MOST_VIEWS = 32


def add_camera(scene: Any, name: str) -> Any:
    """A new vtkMRMLCameraNode that no 3D view takes over.

    The camera of a view has its name: that of view "1" is vtkMRMLCameraNode1. A view that is made later would write its
    camera over a node that got this ID by chance, so these IDs are kept free.
    """
    for view in range(1, _MOST_VIEWS + 1):
        scene.AddReservedID(f"vtkMRMLCameraNode{view}")
    return scene.AddNewNodeByClass("vtkMRMLCameraNode", name)


def place_camera(node: Any, camera: Camera, focal_distance: float, source: str = "") -> None:
    """Put a vtkMRMLCameraNode where the endoscope is, looking along it, with its vertical view angle.

    Principal point, fx against fy and lens distortion cannot be told to such a node, so all intrinsics are kept as
    attributes (pixels, OpenCV conventions) that `camera_of` reads back exactly.
    """
    node.SetPosition(0.0, 0.0, 0.0)
    node.SetFocalPoint(0.0, 0.0, focal_distance)
    node.SetViewUp(0.0, 1.0, 0.0)
    node.SetViewAngle(math.degrees(2 * math.atan(camera.height / (2 * camera.fy))))
    for name in ("fx", "fy", "cx", "cy"):
        node.SetAttribute(f"{_PREFIX}{name}", repr(float(getattr(camera, name))))
    for name in ("width", "height"):
        node.SetAttribute(f"{_PREFIX}{name}", str(int(getattr(camera, name))))
    node.SetAttribute(f"{_PREFIX}DistortionModel", camera.distortion_model.value)
    node.SetAttribute(f"{_PREFIX}Distortion", " ".join(repr(float(c)) for c in camera.distortion))
    node.SetAttribute(f"{_PREFIX}Units", "px")
    if source:
        node.SetAttribute(f"{_PREFIX}Source", source)


def camera_of(node: Any) -> Camera | None:
    """The camera that `place_camera` kept in a camera node, or None for another node."""
    if node.GetAttribute(f"{_PREFIX}fx") is None:
        return None
    fx, fy, cx, cy = (float(node.GetAttribute(f"{_PREFIX}{name}")) for name in ("fx", "fy", "cx", "cy"))
    width, height = (int(node.GetAttribute(f"{_PREFIX}{name}")) for name in ("width", "height"))
    model = DistortionModel(node.GetAttribute(f"{_PREFIX}DistortionModel"))
    distortion = tuple(float(text) for text in (node.GetAttribute(f"{_PREFIX}Distortion") or "").split())
    return Camera(fx, fy, cx, cy, width, height, model, distortion)
