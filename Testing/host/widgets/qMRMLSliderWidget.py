"""A ctkSliderWidget whose number may have a unit of the scene. Slicer: Libs/MRML/Widgets/qMRMLSliderWidget.h."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property
from PySide6.QtWidgets import QWidget

from host.widgets.ctkSliderWidget import ctkSliderWidget


class qMRMLSliderWidget(ctkSliderWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._quantity = ""

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self._show_unit()

    def setQuantity(self, quantity: str) -> None:
        self._quantity = quantity
        self._show_unit()

    def _show_unit(self) -> None:
        selection = self._scene and self._scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        unit = selection.GetUnitNode(self._quantity) if selection and self._quantity else None
        if unit is not None:
            self.suffix = unit.GetSuffix() or ""

    quantity = Property(str, lambda self: self._quantity, setQuantity)
