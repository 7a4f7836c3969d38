"""A button that shows a colour and asks for another one. CTK: Libs/Widgets/ctkColorPickerButton.h."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QPushButton, QWidget


class ctkColorPickerButton(QPushButton):
    colorChanged = Signal(QColor)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = QColor("black")
        self.clicked.connect(self.changeColor)
        self._show()

    def setColor(self, color: QColor) -> None:
        if QColor(color) != self._color:
            self._color = QColor(color)
            self._show()
            self.colorChanged.emit(self._color)

    def changeColor(self) -> None:
        chosen = QColorDialog.getColor(self._color, self)
        if chosen.isValid():
            self.setColor(chosen)

    def _show(self) -> None:
        pixmap = QPixmap(14, 14)
        pixmap.fill(self._color)
        self.setIcon(QIcon(pixmap))

    color = Property(QColor, lambda self: self._color, setColor)
