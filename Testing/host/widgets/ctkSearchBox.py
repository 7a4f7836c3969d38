"""A line edit to search with. CTK: Libs/Widgets/ctkSearchBox.h."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget


class ctkSearchBox(QLineEdit):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)
        self.setPlaceholderText("Search...")
