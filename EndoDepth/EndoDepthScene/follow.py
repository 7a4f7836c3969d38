"""The camera of a 3D view at the endoscope's place, so that the surface is seen as the frame shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import vtk

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.values import Camera
from EndoDepthScene.case_view import CaseView


class EndoscopeView:
    """A 3D view that looks through the endoscope while it is on, and looks as before when it is off again.

        following = EndoscopeView(view, camera_node_of_view(view_node))
        following.turn_on(aspect=width / height)      # of the 3D view, in pixels
        following.turn_off()

    It moves with the endoscope's camera node. Lens distortion cannot be drawn by a pinhole: a distorted frame is met at
    its centre and missed towards the corners.
    """

    def __init__(self, view: CaseView, view_camera: Any) -> None:
        self.view = view
        self.view_camera = view_camera
        self._endoscope: Any = None
        self._tags: list[int] = []
        self._before: _Look | None = None
        self._aspect: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the view follows the endoscope now."""
        return self._before is not None

    def turn_on(self, aspect: float | None = None) -> None:
        """Look through the endoscope; again with another `aspect` (width / height of the view) when it was resized.

        The whole frame fits into the view; without aspect its height does. Raises InputError when the case has lost its
        camera, SettingsError for an aspect that is not above 0.
        """
        if aspect is not None and not aspect > 0:
            raise SettingsError(f"aspect of the 3D view is {aspect!r}; expected width / height, more than 0")
        camera = self.view.camera
        self._aspect = aspect
        if self._before is None:
            self._before = _Look.of(self.view_camera)
            self._endoscope = self.view.camera_node
            self._tags = [self._endoscope.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_move)]
        self._look(camera)

    def turn_off(self) -> None:
        """Look as before `turn_on`; nothing happens when it is off."""
        if self._before is None:
            return
        for tag in self._tags:
            self._endoscope.RemoveObserver(tag)
        if self.view_camera.GetScene() is not None:
            self._before.put_on(self.view_camera)
        self._tags, self._before, self._endoscope = [], None, None

    def _on_move(self, caller: Any, event: str) -> None:
        self._look(self.view.camera)

    def _look(self, camera: Camera) -> None:
        aspect = camera.width / camera.height * camera.fy / camera.fx if self._aspect is None else self._aspect
        # Half of the view's height in units of the focal length: more than the frame's when the frame is wider.
        half = max(camera.height / (2 * camera.fy), camera.width / (2 * camera.fx) / aspect)
        centre = (
            ((camera.width - 1) / 2 - camera.cx) / camera.fx / (half * aspect),
            (camera.cy - (camera.height - 1) / 2) / camera.fy / half,
        )
        node = self._endoscope
        _Look(
            tuple(node.GetPosition()),
            tuple(node.GetFocalPoint()),
            tuple(node.GetViewUp()),
            math.degrees(2 * math.atan(half)),
            centre,
        ).put_on(self.view_camera)


def camera_node_of_view(view_node: Any) -> Any:
    """The vtkMRMLCameraNode of a vtkMRMLViewNode, or None while the view has none."""
    scene = view_node.GetScene()
    for number in range(scene.GetNumberOfNodesByClass("vtkMRMLCameraNode")):
        node = scene.GetNthNodeByClass(number, "vtkMRMLCameraNode")
        if node.GetLayoutName() and node.GetLayoutName() == view_node.GetLayoutName():
            return node
    return None


@dataclass(frozen=True)
class _Look:
    """Where a camera node stands and looks, its vertical view angle in degrees, and VTK's window centre."""

    position: tuple[float, ...]
    focal_point: tuple[float, ...]
    view_up: tuple[float, ...]
    view_angle_deg: float
    window_centre: tuple[float, ...] = (0.0, 0.0)
    is_parallel: bool = False

    @classmethod
    def of(cls, node: Any) -> _Look:
        return cls(
            tuple(node.GetPosition()),
            tuple(node.GetFocalPoint()),
            tuple(node.GetViewUp()),
            float(node.GetViewAngle()),
            tuple(node.GetCamera().GetWindowCenter()),
            bool(node.GetParallelProjection()),
        )

    def put_on(self, node: Any) -> None:
        modified = node.StartModify()
        node.SetParallelProjection(self.is_parallel)
        node.SetPosition(*self.position)
        node.SetFocalPoint(*self.focal_point)
        node.SetViewUp(*self.view_up)
        node.SetViewAngle(self.view_angle_deg)
        node.GetCamera().SetWindowCenter(*self.window_centre)
        node.ResetClippingRange()
        node.EndModify(modified)
