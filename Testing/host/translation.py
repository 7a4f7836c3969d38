"""`slicer.i18n`. Slicer: Base/Python/slicer/i18n.py. Without a translator every text is its own translation."""

from __future__ import annotations

from pathlib import Path
from sys import _getframe

from PySide6.QtCore import QCoreApplication


def translate(context: str, text: str) -> str:
    """The text in the language of the application."""
    return QCoreApplication.translate(context, text)


def tr(text: str) -> str:
    """The text in the language of the application; the context is the file that calls."""
    return translate(getContext(_getframe(1).f_code.co_filename), text)


def getContext(sourceFile: str) -> str:
    """Module name of a file, with its package's before it."""
    path = Path(sourceFile)
    return f"{path.parent.name}.{path.stem}" if (path.parent / "__init__.py").is_file() else path.stem
