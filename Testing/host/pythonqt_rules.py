"""Module code may only use what PythonQt (Slicer) and PySide6 (here) share: a breach is an error here too.

PythonQt shows a Qt property as an attribute: in Slicer `edit.text` is a str and `edit.text()` raises "'str' object is
not callable"; in PySide6 it is the other way round. What both take is `edit.property("text")`. Here a method that has
the name of a property raises when the code of a module calls it. (isChecked(), isVisible() ... are no such names.)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PySide6.QtCore
import PySide6.QtGui
import PySide6.QtWidgets
from PySide6.QtCore import QObject

_STATIC = {("QTimer", "singleShot")}
"""Called on the class these are methods in PythonQt too, as Slicer's own delayDisplay does."""

_folders: list[str] = []
_guarded: set[type] = set()


def guard(folder: Path) -> None:
    """Hold the code in this folder to the rule."""
    if str(folder) not in _folders:
        _folders.append(str(folder))
    for part in (PySide6.QtCore, PySide6.QtGui, PySide6.QtWidgets):
        for name in dir(part):
            kind = getattr(part, name)
            if isinstance(kind, type) and issubclass(kind, QObject) and kind not in _guarded:
                _guarded.add(kind)
                _guard_class(kind)


def _guard_class(kind: type) -> None:
    meta = kind.staticMetaObject  # type: ignore[attr-defined]
    for place in range(meta.propertyOffset(), meta.propertyCount()):
        name = str(meta.property(place).name())
        method = vars(kind).get(name)
        if callable(method) and (kind.__name__, name) not in _STATIC:
            setattr(kind, name, _guarded_method(kind.__name__, name, method))


def _guarded_method(owner: str, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def read(*arguments: Any, **named: Any) -> Any:
        caller = sys._getframe(1).f_code
        # Qt itself calls virtual ones (minimumSizeHint) while module code waits for events: that code does not name it.
        if caller.co_filename.startswith(tuple(_folders)) and name in caller.co_names:
            raise TypeError(f"in Slicer {owner}.{name} is a property, no method; write .property('{name}')")
        return method(*arguments, **named)

    return read
