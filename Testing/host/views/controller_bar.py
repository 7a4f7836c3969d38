"""The coloured bar above a view: its letter, and for slices a slider of their offset.

Slicer: Libs/MRML/Widgets/qMRMLViewControllerBar.h, qMRMLSliceControllerWidget.h.
"""

from __future__ import annotations

from typing import Any

import vtk
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from host.widgets.ctkSliderWidget import ctkSliderWidget


class ControllerBar(QWidget):
    """A letter on a colour; `follow` adds the slider of a slice."""

    def __init__(self, label: str, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(22)
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, color)
        self.setPalette(palette)
        letter = QLabel(label, self)
        letter.setStyleSheet("font-weight: bold; color: black;")
        letter.setContentsMargins(6, 0, 6, 0)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 2, 0)
        self._layout.addWidget(letter)
        self._layout.addStretch(1)
        self._logic: Any = None

    def follow(self, logic: Any) -> None:
        """Show the offset of a slice (vtkMRMLSliceLogic) and let it be moved."""
        self._logic = logic
        self._slider = ctkSliderWidget(self)
        self._slider.decimals = 2
        self._slider.suffix = " mm"
        self._layout.insertWidget(1, self._slider, 8)
        self._slider.valueChanged.connect(lambda value: self._logic.SetSliceOffset(value))
        logic.GetSliceNode().AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update())
        self._update()

    def sliceLogic(self) -> Any:
        return self._logic

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()
        self._logic.SnapSliceOffsetToIJK()

    def _update(self) -> None:
        limits, step = [0.0, 0.0], vtk.reference(1.0)
        offset = self._logic.GetSliceOffset()
        if not self._logic.GetSliceOffsetRangeResolution(limits, step):
            limits = [offset - 100.0, offset + 100.0]
        with QSignalBlocker(self._slider):
            self._slider.singleStep = max(float(step), 0.01)
            self._slider.maximum = max(limits[1], offset)
            self._slider.minimum = min(limits[0], offset)
            self._slider.setValue(offset)
