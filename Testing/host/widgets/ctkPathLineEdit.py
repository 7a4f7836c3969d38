"""A path that is typed, chosen from a history, or browsed for. CTK: Libs/Widgets/ctkPathLineEdit.h (and .cpp).

In a .ui, `filters` is a set such as `ctkPathLineEdit::Files|ctkPathLineEdit::Readable`: with Files a file is asked
for, else a folder; with Writable the dialog is one to save. `currentPathChanged` comes at every change of the text.
"""

from __future__ import annotations

from PySide6.QtCore import Property, QSettings, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from host.dialogs import FileDialog

_FLAGS = {
    "Dirs": 1,
    "Files": 2,
    "Drives": 4,
    "NoSymLinks": 8,
    "AllEntries": 7,
    "Readable": 0x10,
    "Writable": 0x20,
    "Executable": 0x40,
    "Hidden": 0x100,
    "NoDot": 0x2000,
    "NoDotDot": 0x4000,
    "NoDotAndDotDot": 0x1000,
}
_HISTORY_LENGTH = 5


class ctkPathLineEdit(QWidget):
    validInputChanged = Signal(bool)
    currentPathChanged = Signal(str)

    for _name, _value in _FLAGS.items():
        locals()[_name] = _value

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filters, self._label, self._name_filters, self._key = _FLAGS["AllEntries"], "", [""], ""
        self._combo_box = QComboBox(self)
        self._combo_box.setEditable(True)
        self._combo_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._combo_box.setMinimumContentsLength(10)
        self._combo_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._browse_button = QToolButton(self)
        self._browse_button.setText("...")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._combo_box, 1)
        layout.addWidget(self._browse_button)
        self.setFocusProxy(self._combo_box)
        self._combo_box.editTextChanged.connect(self._on_text)
        self._browse_button.clicked.connect(self.browse)

    def _current_path(self) -> str:
        return self._combo_box.currentText()

    def setCurrentPath(self, path: str) -> None:
        self._combo_box.setEditText(path)

    def _on_text(self, text: str) -> None:
        self.currentPathChanged.emit(text)

    def browse(self) -> None:
        """Ask for a path with Qt's dialog: which one follows from the filters."""
        start, caption = self._current_path(), self._label or "Select a path"
        names = ";;".join(name for name in self._name_filters if name)
        if not self._filters & _FLAGS["Files"]:
            path = FileDialog.getExistingDirectory(self, caption, start)
        elif self._filters & _FLAGS["Writable"]:
            path = FileDialog.getSaveFileName(self, caption, start, names)[0]
        else:
            path = FileDialog.getOpenFileName(self, caption, start, names)[0]
        if path:
            self.setCurrentPath(path)

    def retrieveHistory(self) -> None:
        text = self._current_path()
        self._combo_box.blockSignals(True)
        self._combo_box.clear()
        self._combo_box.addItems(self._history())
        self._combo_box.setEditText(text)
        self._combo_box.blockSignals(False)

    def addCurrentPathToHistory(self) -> None:
        path = self._current_path()
        if path:
            kept = [path, *(each for each in self._history() if each != path)][:_HISTORY_LENGTH]
            QSettings().setValue(self._settings_name(), kept)
            self.retrieveHistory()

    def _settings_name(self) -> str:
        return f"{self._key or self.objectName()}/ctkPathLineEdit"

    def _history(self) -> list[str]:
        found = QSettings().value(self._settings_name(), [])
        return [found] if isinstance(found, str) else list(found or [])

    def _set_filters(self, value: int | str) -> None:
        if isinstance(value, str):  # as a .ui file writes a set
            names = [part.rpartition("::")[2] for part in value.split("|")]
            value = 0
            for name in names:
                value |= _FLAGS[name]
        self._filters = int(value)

    def _set_label(self, label: str) -> None:
        self._label = label

    def _set_name_filters(self, names: list[str]) -> None:
        self._name_filters = list(names)

    def _set_key(self, key: str) -> None:
        self._key = key
        self.retrieveHistory()

    currentPath = Property(str, _current_path, setCurrentPath, user=True)
    filters = Property("QVariant", lambda self: self._filters, _set_filters)
    label = Property(str, lambda self: self._label, _set_label)
    nameFilters = Property("QStringList", lambda self: self._name_filters, _set_name_filters)
    settingKey = Property(str, lambda self: self._key, _set_key)
    showBrowseButton = Property(
        bool, lambda self: not self._browse_button.isHidden(), lambda self, shown: self._browse_button.setVisible(shown)
    )
    showHistoryButton = Property(bool, lambda self: True, lambda self, shown: None)
