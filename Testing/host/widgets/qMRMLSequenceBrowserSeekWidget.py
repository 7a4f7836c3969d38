"""A slider over the items of a sequence browser. Slicer: Modules/Loadable/Sequences/Widgets."""

from __future__ import annotations

from typing import Any

import vtk
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from host.widgets.observed_node import ObservedNode
from host.widgets.qMRMLWidget import qMRMLWidget


class qMRMLSequenceBrowserSeekWidget(qMRMLWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._label = QLabel(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._label)
        self._browser = ObservedNode(vtk.vtkCommand.ModifiedEvent, self._update)
        self._slider.valueChanged.connect(self.setSelectedItemNumber)
        self._update()

    def slider(self) -> QSlider:
        return self._slider

    def setMRMLSequenceBrowserNode(self, browser: Any) -> None:
        self._browser.set(browser)
        self._update()

    def setSelectedItemNumber(self, number: int) -> None:
        if self._browser.node is not None:
            self._browser.node.SetSelectedItemNumber(number)

    def _update(self) -> None:
        browser = self._browser.node
        count = browser.GetNumberOfItems() if browser is not None else 0
        self.setEnabled(count > 0)
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, max(count - 1, 0))
            if count:
                self._slider.setValue(browser.GetSelectedItemNumber())
        self._label.setText(browser.GetFormattedIndexValue(browser.GetSelectedItemNumber()) if count else "")
