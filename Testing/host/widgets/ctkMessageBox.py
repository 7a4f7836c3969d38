"""A message box that can be told not to come again. CTK: Libs/Widgets/ctkMessageBox.h.

With `dontShowAgainSettingsKey` set, an answer kept in the settings is given at once.
"""

from __future__ import annotations

from PySide6.QtCore import Property, QSettings
from PySide6.QtWidgets import QCheckBox, QWidget

from host.dialogs import MessageBox


class ctkMessageBox(MessageBox):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""

    def _set_key(self, key: str) -> None:
        self._key = key
        if key:
            self.setCheckBox(QCheckBox("Don't show this message again", self))

    def exec(self) -> int:
        kept = QSettings().value(self._key) if self._key else None
        if kept not in (None, "", 0, "0"):
            return int(kept)  # type: ignore[call-overload]
        answer = super().exec()
        box = self.checkBox()
        if box is not None and box.isChecked():
            QSettings().setValue(self._key, answer)
        return answer

    exec_ = exec

    dontShowAgainSettingsKey = Property(str, lambda self: self._key, _set_key)
