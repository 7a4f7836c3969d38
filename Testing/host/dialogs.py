"""Every dialog that a module shows: real ones, in their own event loop, answered by the test and written down.

A message box really opens; a moment later the button of the answer is clicked. File and input dialogs give the answer
that the test has laid ready; without one they are cancelled, as by a user who closes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox

_KINDS = {
    QMessageBox.Icon.NoIcon: "message",
    QMessageBox.Icon.Information: "info",
    QMessageBox.Icon.Warning: "warning",
    QMessageBox.Icon.Critical: "error",
    QMessageBox.Icon.Question: "question",
}
_YES = (
    QMessageBox.ButtonRole.AcceptRole,
    QMessageBox.ButtonRole.YesRole,
    QMessageBox.ButtonRole.ApplyRole,
    QMessageBox.ButtonRole.ActionRole,
    QMessageBox.ButtonRole.DestructiveRole,
)


@dataclass(frozen=True)
class Message:
    """One dialog: kind is "info", "warning", "error", "question", "message", "delay", "status", "file" or "input"."""

    kind: str
    text: str
    title: str = ""
    details: str = ""


class Dialogs:
    """What was shown, and what will be answered.

    answers: for message boxes, in order: True (OK, Yes), False (Cancel, No) or a standard button; when there is none
    left, True. paths, texts: for file and input dialogs; when there is none left they are cancelled.
    on_shown is called with every dialog that is open, before it is answered (to take a picture of it).
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.messages: list[Message] = []
        self.answers: deque[Any] = deque()
        self.paths: deque[str] = deque()
        self.texts: deque[str] = deque()
        self.on_shown: Callable[[QDialog], None] | None = None

    def tell(self, kind: str, text: str, title: str = "", details: str = "") -> None:
        self.messages.append(Message(kind, text, title, details))


DIALOGS = Dialogs()


class MessageBox(QMessageBox):
    """A message box as modules make it: `exec()` blocks in a loop of its own until it is answered."""

    def exec(self) -> int:
        kind = _KINDS[self.icon()]
        DIALOGS.tell(kind, self.text(), self.windowTitle().strip(), self.detailedText() or self.informativeText())
        QTimer.singleShot(0, self._answer)
        return int(super().exec())

    exec_ = exec

    def _answer(self) -> None:
        if DIALOGS.on_shown is not None:
            DIALOGS.on_shown(self)
        answer = DIALOGS.answers.popleft() if DIALOGS.answers else True
        button = self._button(answer)
        if button is None:
            self.done(0)
        else:
            button.click()

    def _button(self, answer: Any) -> Any:
        buttons = self.buttons()
        if not isinstance(answer, bool):
            return self.button(QMessageBox.StandardButton(answer))
        wanted = [each for each in buttons if (self.buttonRole(each) in _YES) is answer]
        return wanted[0] if wanted else buttons[0] if answer and buttons else None

    @staticmethod
    def _ask(icon: QMessageBox.Icon, arguments: tuple[Any, ...]) -> QMessageBox.StandardButton:
        parent, title, text, *buttons = arguments
        box = MessageBox(parent)
        box.setIcon(icon)
        box.setWindowTitle(title)
        box.setText(text)
        box.setStandardButtons(buttons[0] if buttons else QMessageBox.StandardButton.Ok)
        return QMessageBox.StandardButton(box.exec())

    @staticmethod
    def information(*arguments: Any) -> QMessageBox.StandardButton:  # type: ignore[override]
        return MessageBox._ask(QMessageBox.Icon.Information, arguments)

    @staticmethod
    def warning(*arguments: Any) -> QMessageBox.StandardButton:  # type: ignore[override]
        return MessageBox._ask(QMessageBox.Icon.Warning, arguments)

    @staticmethod
    def critical(*arguments: Any) -> QMessageBox.StandardButton:  # type: ignore[override]
        return MessageBox._ask(QMessageBox.Icon.Critical, arguments)

    @staticmethod
    def question(*arguments: Any) -> QMessageBox.StandardButton:  # type: ignore[override]
        yes_no = QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No
        full = arguments if len(arguments) > 3 else (*arguments, yes_no)
        return MessageBox._ask(QMessageBox.Icon.Question, full)


def _next_path(caption: str) -> str:
    DIALOGS.tell("file", caption)
    return DIALOGS.paths.popleft() if DIALOGS.paths else ""


class FileDialog(QFileDialog):
    """The static functions of QFileDialog, with the path that the test has laid ready; cancelled without one."""

    @staticmethod
    def getOpenFileName(parent: Any = None, caption: str = "", *_rest: Any, **_named: Any) -> tuple[str, str]:  # type: ignore[override]
        return _next_path(caption), ""

    @staticmethod
    def getSaveFileName(parent: Any = None, caption: str = "", *_rest: Any, **_named: Any) -> tuple[str, str]:  # type: ignore[override]
        return _next_path(caption), ""

    @staticmethod
    def getExistingDirectory(parent: Any = None, caption: str = "", *_rest: Any, **_named: Any) -> str:  # type: ignore[override]
        return _next_path(caption)


class InputDialog(QInputDialog):
    """The static functions of QInputDialog, with the text that the test has laid ready; cancelled without one."""

    @staticmethod
    def getText(parent: Any, title: str, label: str, *_rest: Any, **_named: Any) -> tuple[str, bool]:  # type: ignore[override]
        DIALOGS.tell("input", label, title)
        return (DIALOGS.texts.popleft(), True) if DIALOGS.texts else ("", False)
