"""A slice view with its bar. Slicer: Libs/MRML/Widgets/qMRMLSliceWidget.h, qMRMLSliceView.h.

The picture is the one that vtkMRMLSliceLogic blends; on it the displayable managers draw segments, models and markups.
Moving the mouse over it sets the cursor of the crosshair node, as in Slicer.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtWidgets import QVBoxLayout, QWidget

from host.views.controller_bar import ControllerBar
from host.views.render_view import RenderView

_MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
)


class SliceView(RenderView):
    """The drawing itself."""

    def __init__(self, logic: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logic = logic
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._picture = vtk.vtkActor2D()
        self._picture.SetMapper(self._mapper)
        self._picture.GetProperty().SetDisplayLocationToBackground()
        self._renderer.AddViewProp(self._picture)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self.use_displayable_managers(factory, _MANAGERS, logic.GetSliceNode())
        self.use_style(slicer.vtkMRMLSliceViewInteractorStyle())
        self._style.SetSliceLogic(logic)
        self._tag = logic.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self.scheduleRender())

    def sliceViewInteractorStyle(self) -> Any:
        return self._style

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def before_render(self) -> None:
        width, height = self.width(), self.height()
        if tuple(self.mrmlSliceNode().GetDimensions())[:2] != (width, height):
            self._logic.ResizeSliceNode(width, height)
        connection = self._logic.GetImageDataConnection()
        self._picture.SetVisibility(connection is not None)
        self._mapper.SetInputConnection(connection)

    def convertDeviceToXYZ(self, position: Any) -> list[float]:
        return [float(position[0]), float(position[1]), 0.0]

    def close_view(self) -> None:
        self._logic.RemoveObserver(self._tag)
        self._style.SetSliceLogic(None)
        self._mapper.SetInputConnection(None)
        super().close_view()


class SliceWidget(QWidget):
    """The view and the bar above it."""

    def __init__(self, logic: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logic = logic
        node = logic.GetSliceNode()
        self.setObjectName(f"qMRMLSliceWidget{node.GetLayoutName()}")
        red, green, blue = (round(255 * part) for part in node.GetLayoutColor())
        self._controller = ControllerBar(node.GetLayoutLabel() or "", f"#{red:02x}{green:02x}{blue:02x}", self)
        self._controller.follow(logic)
        self._view = SliceView(logic, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._controller)
        layout.addWidget(self._view, 1)

    def sliceLogic(self) -> Any:
        return self._logic

    def sliceView(self) -> SliceView:
        return self._view

    view = sliceView

    def sliceController(self) -> ControllerBar:
        return self._controller

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        self._controller.fitSliceToBackground()

    def close_view(self) -> None:
        self._view.close_view()
