"""A 3D view with its bar. Slicer: Libs/MRML/Widgets/qMRMLThreeDWidget.h, qMRMLThreeDView.h."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from host.views.controller_bar import ControllerBar
from host.views.render_view import RenderView

_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)
_BAR_COLOR = "#74a8d4"


class ThreeDView(RenderView):
    """The drawing itself. `resetFocalPoint` centres what is shown."""

    def __init__(self, node: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = node
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self.use_displayable_managers(factory, _MANAGERS, node)
        self.use_style(slicer.vtkMRMLThreeDViewInteractorStyle())
        self._style.SetCameraNode(self.cameraNode())

    def threeDViewInteractorStyle(self) -> Any:
        return self._style

    def mrmlViewNode(self) -> Any:
        return self._node

    def cameraNode(self) -> Any:
        return slicer.app.moduleLogic("Cameras").GetViewActiveCameraNode(self._node)

    def resetFocalPoint(self) -> None:
        bounds, node, view = [0.0] * 6, self.cameraNode(), self._node
        shown = view.GetBoxVisible(), view.GetAxisLabelsVisible()
        view.SetBoxVisible(False)
        view.SetAxisLabelsVisible(False)
        self._renderer.ComputeVisiblePropBounds(bounds)
        view.SetBoxVisible(shown[0])
        view.SetAxisLabelsVisible(shown[1])
        if node is None or bounds[0] > bounds[1]:
            return
        centre = [0.5 * (bounds[2 * axis] + bounds[2 * axis + 1]) for axis in range(3)]
        position, focus = node.GetPosition(), node.GetFocalPoint()
        moved = [p + c - f for p, c, f in zip(position, centre, focus, strict=True)]
        node.SetFocalPoint(centre)
        node.SetPosition(moved)
        self._renderer.ResetCameraClippingRange()
        self.scheduleRender()

    def resetCamera(self) -> None:
        self._renderer.ResetCamera()
        self.scheduleRender()


class ThreeDWidget(QWidget):
    """The view and the bar above it."""

    def __init__(self, node: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"ThreeDWidget{node.GetLayoutName()}")
        self._controller = ControllerBar(node.GetLayoutLabel() or "1", _BAR_COLOR, self)
        self._view = ThreeDView(node, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controller)
        layout.addWidget(self._view, 1)

    def threeDView(self) -> ThreeDView:
        return self._view

    view = threeDView

    def threeDController(self) -> ControllerBar:
        return self._controller

    def mrmlViewNode(self) -> Any:
        return self._view.mrmlViewNode()

    def close_view(self) -> None:
        self._view.close_view()
