"""Paths that the user types or browses for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any


class Found(Enum):
    """What lies at a path."""

    FILE = "file"
    FOLDER = "folder"
    EMPTY_FOLDER = "empty folder"
    NOTHING = "nothing"
    NOT_ALLOWED = "not allowed"


def look_at(text: str) -> Found:
    """What lies at a path as it was typed: also one that no file system can have, or that nobody may look at."""
    try:
        path = Path(text.strip())
        if path.is_file():
            return Found.FILE
        if path.is_dir():
            return Found.EMPTY_FOLDER if next(path.iterdir(), None) is None else Found.FOLDER
        path.stat()
    except PermissionError:
        return Found.NOT_ALLOWED
    except (OSError, ValueError):  # not there, too long, with a null character, a drive without a disk
        return Found.NOTHING
    return Found.NOTHING


class PathField:
    """A ctkPathLineEdit and the setting that it stands for, kept alike.

    CTK tells of a path only while it accepts it. What was typed is read whenever CTK tells something, and is never
    written over by what the settings were before.
    """

    def __init__(self, edit: Any, store: Callable[[str], None]) -> None:
        self._edit = edit
        self._store = store
        self._text = ""
        edit.currentPathChanged.connect(self._on_change)
        edit.validInputChanged.connect(self._on_change)

    def show(self, value: str) -> None:
        """Show the setting, if it became another one than what the user typed."""
        if value == self._text:
            return
        self._text = value
        was_blocked = self._edit.blockSignals(True)
        self._edit.setCurrentPath(value)
        self._edit.blockSignals(was_blocked)

    def remember(self) -> None:
        """Offer this path again in the field's list; it was used."""
        if self._text:
            self._edit.addCurrentPathToHistory()

    def _on_change(self, *_told: Any) -> None:
        text = str(self._edit.property("currentPath") or "")
        if text != self._text:
            self._text = text
            self._store(text)
