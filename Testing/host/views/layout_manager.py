"""`slicer.app.layoutManager()`: puts the views that the layout node describes beside each other.

A view is made when it is first shown or asked for.

Slicer: Libs/MRML/Widgets/qMRMLLayoutManager.h on vtkMRMLLayoutLogic (slicer-core's own, which makes the view nodes) and
ctkLayoutManager (layouts of type horizontal, vertical, grid and tab; `split` gives handles to pull).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import slicer
import vtk
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSplitter, QTabWidget, QVBoxLayout, QWidget

from host.views.plot_widget import PlotWidget
from host.views.slice_widget import SliceWidget
from host.views.three_d_widget import ThreeDWidget


class LayoutManager(QObject):
    layoutChanged = Signal(int)

    def __init__(self, viewport: QWidget, scene: Any, application: Any, arrangement: int) -> None:
        super().__init__(viewport)
        self._viewport, self._scene, self._application = viewport, scene, application
        self._slices: dict[str, SliceWidget] = {}
        self._three_d: dict[str, ThreeDWidget] = {}
        self._plots: dict[str, PlotWidget] = {}
        self._slice_logics = vtk.vtkCollection()
        application.SetSliceLogics(self._slice_logics)
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLApplicationLogic(application)
        self._logic.SetMRMLScene(scene)
        box = QVBoxLayout(viewport)
        box.setContentsMargins(0, 0, 0, 0)
        self._content: QWidget | None = None
        self._shown = ""
        self._node = self._logic.GetLayoutNode()
        self._tag = self._node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update())
        self._node.SetViewArrangement(arrangement)
        self._update()

    def layoutLogic(self) -> Any:
        return self._logic

    def setLayout(self, arrangement: int) -> None:
        self._node.SetViewArrangement(arrangement)

    @property
    def layout(self) -> int:
        return int(self._node.GetViewArrangement())

    def viewport(self) -> QWidget:
        return self._viewport

    def sliceViewNames(self) -> list[str]:
        return self._names("vtkMRMLSliceNode")

    def sliceWidget(self, name: str) -> SliceWidget | None:
        node = self._scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        if name not in self._slices and node is not None:
            self._add_slice(name, node).hide()
        return self._slices.get(name)

    @property
    def threeDViewCount(self) -> int:
        return len(self._names("vtkMRMLViewNode"))

    tableViewCount = 0

    @property
    def plotViewCount(self) -> int:
        return len(self._names("vtkMRMLPlotViewNode"))

    def plotWidget(self, which: int | str) -> PlotWidget | None:
        if not isinstance(which, str):
            names = self._names("vtkMRMLPlotViewNode")
            which = names[which] if 0 <= which < len(names) else ""
        node = self._scene.GetSingletonNode(which, "vtkMRMLPlotViewNode")
        if which not in self._plots and node is not None:
            self._plots[which] = PlotWidget(node, self._viewport)
            self._plots[which].hide()
        return self._plots.get(which)

    def threeDWidget(self, which: int | str) -> ThreeDWidget | None:
        if not isinstance(which, str):
            names = self._names("vtkMRMLViewNode")
            which = names[which] if 0 <= which < len(names) else ""
        node = self._scene.GetSingletonNode(which, "vtkMRMLViewNode")
        if which not in self._three_d and node is not None:
            self._three_d[which] = ThreeDWidget(node, self._viewport)
            self._three_d[which].hide()
        return self._three_d.get(which)

    def mrmlSliceLogics(self) -> Any:
        return self._slice_logics

    def activeMRMLThreeDViewNode(self) -> Any:
        widget = self.threeDWidget(0)
        return widget.mrmlViewNode() if widget is not None else None

    def resetThreeDViews(self) -> None:
        for widget in self._three_d.values():
            widget.threeDView().resetFocalPoint()

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.fitSliceToBackground()

    def pauseRender(self) -> None:
        slicer.app.pauseRender()

    def resumeRender(self) -> None:
        slicer.app.resumeRender()

    def schedule_renders(self) -> None:
        for widget in self._widgets():
            widget.view().scheduleRender()

    def render_all(self) -> None:
        """Draw every view that is on the screen, now."""
        for widget in self._widgets():
            if widget.isVisible():
                widget.view().forceRender()

    def close(self) -> None:
        """Let go of the scene."""
        self._node.RemoveObserver(self._tag)
        for widget in self._widgets():
            widget.close_view()
        for place in range(self._slice_logics.GetNumberOfItems()):
            self._slice_logics.GetItemAsObject(place).SetMRMLScene(None)
        self._application.SetSliceLogics(None)
        self._logic.SetMRMLScene(None)
        self._slices.clear()
        self._three_d.clear()
        self._plots.clear()

    def _widgets(self) -> tuple[SliceWidget | ThreeDWidget | PlotWidget, ...]:
        return (*self._slices.values(), *self._three_d.values(), *self._plots.values())

    def _names(self, class_name: str) -> list[str]:
        nodes = slicer.util.getNodesByClass(class_name, self._scene)
        return [node.GetLayoutName() for node in nodes]

    def _update(self) -> None:
        description = self._node.GetCurrentLayoutDescription() or ""
        if not description or description == self._shown:
            return
        self._shown = description
        # The views stay; only what holds them is made anew.
        for widget in self._widgets():
            widget.hide()
            widget.setParent(self._viewport)
        if self._content is not None:
            self._viewport.layout().removeWidget(self._content)
            self._content.deleteLater()
        self._content = self._build(ElementTree.fromstring(description))
        self._viewport.layout().addWidget(self._content)
        for widget in self._widgets():
            if self._content is widget or self._content.isAncestorOf(widget):
                widget.show()
        self._content.show()
        self.layoutChanged.emit(self.layout)

    def _build(self, element: ElementTree.Element) -> QWidget:
        if element.tag == "view":
            return self._view(element)
        items = [(item, self._build(item[0])) for item in element.findall("item") if len(item)]
        kind = element.get("type", "horizontal")
        if kind == "tab":
            tabs = QTabWidget()
            for item, widget in items:
                tabs.addTab(widget, item.get("name", ""))
            return tabs
        if kind == "grid":
            return self._grid(items)
        splitter = QSplitter(Qt.Orientation.Vertical if kind == "vertical" else Qt.Orientation.Horizontal)
        for _, widget in items:
            splitter.addWidget(widget)
        splitter.setSizes([int(item.get("splitSize", "0") or 0) or 500 for item, _ in items])
        return splitter

    def _grid(self, items: list[tuple[ElementTree.Element, QWidget]]) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        for item, widget in items:
            row, column = int(item.get("row", "0")), int(item.get("column", "0"))
            grid.addWidget(widget, row, column, int(item.get("rowspan", "1")), int(item.get("colspan", "1")))
        return holder

    def _view(self, element: ElementTree.Element) -> QWidget:
        name, class_name = element.get("singletontag", ""), element.get("class", "")
        node = self._scene.GetSingletonNode(name, class_name)
        if node is None:
            return QWidget()
        if class_name == "vtkMRMLSliceNode":
            return self.sliceWidget(name) or QWidget()
        if class_name == "vtkMRMLViewNode":
            return self.threeDWidget(name) or QWidget()
        if class_name == "vtkMRMLPlotViewNode":
            return self.plotWidget(name) or QWidget()
        return QWidget()

    def _add_slice(self, name: str, node: Any) -> SliceWidget:
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLApplicationLogic(self._application)
        logic.SetMRMLScene(self._scene)
        logic.SetSliceNode(node)
        self._slice_logics.AddItem(logic)
        self._slices[name] = SliceWidget(logic, self._viewport)
        return self._slices[name]
