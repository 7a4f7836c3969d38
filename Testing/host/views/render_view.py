"""A VTK render window in a Qt widget: drawn off-screen, shown as a picture, with the mouse handed to VTK.

Slicer: Libs/MRML/Widgets/qMRMLThreeDView.h, qMRMLSliceView.h on ctkVTKAbstractView (scheduleRender, forceRender,
renderWindow, interactor, interactorStyle, cornerAnnotation). Renders are gathered: one for many requests.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid
from vtk.util.numpy_support import vtk_to_numpy

_DELAY_MS = 15


class RenderView(QWidget):
    """Base of the slice view and the 3D view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)
        self.setMouseTracking(True)
        self.renders = 0
        self._image: QImage | None = None
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(0)
        self._renderer = vtk.vtkRenderer()
        self._window.AddRenderer(self._renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.EnableRenderOff()
        self._interactor.AddObserver(vtk.vtkCommand.RenderEvent, lambda *_: self.scheduleRender())
        self._group: Any = None
        self._style: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.forceRender)

    def renderWindow(self) -> Any:
        return self._window

    def renderer(self) -> Any:
        return self._renderer

    def interactor(self) -> Any:
        return self._interactor

    def displayableManagerByClassName(self, name: str) -> Any:
        return self._group.GetDisplayableManagerByClassName(name)

    def use_displayable_managers(self, factory: Any, names: tuple[str, ...], node: Any) -> None:
        """Let the displayable managers of Slicer show the scene here."""
        factory.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        for name in names:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self._interactor.Initialize()
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(node)
        self._group.AddObserver(vtk.vtkCommand.UpdateEvent, lambda *_: self.scheduleRender())

    def use_style(self, style: Any) -> None:
        """Let Slicer's own style turn what the mouse does into actions of the displayable managers."""
        self._style = style
        style.SetInteractor(self._interactor)
        style.SetDisplayableManagers(self._group)

    def scheduleRender(self) -> None:
        """Draw soon; many requests are one drawing."""
        if isValid(self) and self.isVisible() and not self._timer.isActive() and not slicer.app.paused_renders:
            self._timer.start()

    def forceRender(self) -> None:
        """Draw now."""
        size = self.size()
        if size.width() < 2 or size.height() < 2:
            return
        self._timer.stop()
        self.before_render()
        self._window.SetSize(size.width(), size.height())
        self._interactor.UpdateSize(size.width(), size.height())
        self._window.Render()
        self.renders += 1
        pixels = vtk.vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, size.width() - 1, size.height() - 1, 0, pixels, 0)
        flat = vtk_to_numpy(pixels).reshape(size.height(), size.width(), 3)[::-1].tobytes()
        image = QImage(flat, size.width(), size.height(), 3 * size.width(), QImage.Format.Format_RGB888)
        self._image = image.copy()
        self.update()

    def before_render(self) -> None:
        """What has to follow the size of the widget."""

    def close_view(self) -> None:
        """Let go of the scene and the render window."""
        self._timer.stop()
        if self._style is not None:
            self._style.SetInteractor(None)
        if self._group is not None:
            self._group.RemoveAllObservers()
            self._group.SetMRMLDisplayableNode(None)
            self._group = None
        self._interactor.RemoveAllObservers()
        self._window.Finalize()

    # Qt

    def paintEvent(self, _event: Any) -> None:
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        else:
            painter.drawImage(self.rect(), self._image)

    def showEvent(self, _event: Any) -> None:
        self.scheduleRender()

    def resizeEvent(self, _event: Any) -> None:
        self.before_render()
        self.scheduleRender()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._place(event)
        self._button(event, "Press")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._place(event)
        self._button(event, "Release")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._place(event)
        self._interactor.InvokeEvent(vtk.vtkCommand.MouseMoveEvent)

    def wheelEvent(self, event: Any) -> None:
        forward = event.angleDelta().y() > 0
        command = vtk.vtkCommand
        self._interactor.InvokeEvent(command.MouseWheelForwardEvent if forward else command.MouseWheelBackwardEvent)

    def enterEvent(self, event: Any) -> None:
        self._interactor.InvokeEvent(vtk.vtkCommand.EnterEvent)

    def leaveEvent(self, event: QEvent) -> None:
        self._interactor.InvokeEvent(vtk.vtkCommand.LeaveEvent)

    def _place(self, event: QMouseEvent) -> None:
        keys = event.modifiers()
        position = event.position()
        self._interactor.SetEventInformation(
            int(position.x()),
            self.height() - 1 - int(position.y()),
            int(bool(keys & Qt.KeyboardModifier.ControlModifier)),
            int(bool(keys & Qt.KeyboardModifier.ShiftModifier)),
        )

    def _button(self, event: QMouseEvent, what: str) -> None:
        names = {
            Qt.MouseButton.LeftButton: "Left",
            Qt.MouseButton.MiddleButton: "Middle",
            Qt.MouseButton.RightButton: "Right",
        }
        name = names.get(event.button())
        if name is not None:
            self._interactor.InvokeEvent(f"{name}Button{what}Event")
