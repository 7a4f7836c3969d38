"""A combo box with a text for "nothing chosen". CTK: Libs/Widgets/ctkComboBox.h."""

from __future__ import annotations

from PySide6.QtCore import Property
from PySide6.QtWidgets import QComboBox


class ctkComboBox(QComboBox):
    def _default_text(self) -> str:
        return self.placeholderText()

    def _set_default_text(self, text: str) -> None:
        self.setPlaceholderText(text)

    defaultText = Property(str, _default_text, _set_default_text)
