"""A group box that is collapsed by its check mark. CTK: Libs/Widgets/ctkCollapsibleGroupBox.h."""

from __future__ import annotations

from PySide6.QtCore import Property, Qt
from PySide6.QtWidgets import QGroupBox, QWidget


class ctkCollapsibleGroupBox(QGroupBox):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden_by_us: list[QWidget] = []
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._on_toggled)

    def _is_collapsed(self) -> bool:
        return not self.isChecked()

    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, _is_collapsed, setCollapsed)

    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            for child in self._hidden_by_us:
                child.setVisible(True)
            self._hidden_by_us = []
            return
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if not child.isHidden():
                child.setVisible(False)
                self._hidden_by_us.append(child)
