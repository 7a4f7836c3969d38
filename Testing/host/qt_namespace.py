"""The modules `qt` and `ctk` as Slicer's Python has them: one flat namespace over the parts of Qt.

Slicer: PythonQt's `qt` (QtCore, QtGui, QtWidgets, QtUiTools, QtNetwork ... in one). Message boxes, file and input
dialogs are those of the host, which answer.
"""

from __future__ import annotations

import sys
from types import ModuleType

import PySide6.QtCore
import PySide6.QtGui
import PySide6.QtNetwork
import PySide6.QtTest
import PySide6.QtUiTools
import PySide6.QtWidgets

from host import dialogs, widgets

_PARTS = (
    PySide6.QtCore,
    PySide6.QtGui,
    PySide6.QtWidgets,
    PySide6.QtUiTools,
    PySide6.QtNetwork,
    PySide6.QtTest,
)


def install() -> None:
    """Make `import qt` and `import ctk` work."""
    qt = ModuleType("qt", "Qt, as Slicer's Python has it")
    for part in _PARTS:  # dir(): PySide makes a class when it is first read
        vars(qt).update({name: getattr(part, name) for name in dir(part) if name.startswith(("Q", "q"))})
    qt.QMessageBox = dialogs.MessageBox  # type: ignore[attr-defined]
    qt.QFileDialog = dialogs.FileDialog  # type: ignore[attr-defined]
    qt.QInputDialog = dialogs.InputDialog  # type: ignore[attr-defined]
    ctk = ModuleType("ctk", "CTK, as Slicer's Python has it")
    for kind in widgets.CTK:
        setattr(ctk, kind.__name__, kind)
    sys.modules["qt"], sys.modules["ctk"] = qt, ctk
