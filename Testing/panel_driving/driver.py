"""The panel of the EndoDepth module in a host, with hands for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from host import Host
from PySide6.QtCore import Qt

PATIENCE_S = 180.0


class Driver:
    """Opens the module and uses its panel by clicks and typing. `ui`: its widgets by name; `panel`: the Panel."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.widget = host.open_module("EndoDepth")

    @property
    def ui(self) -> Any:
        return self.widget.ui

    @property
    def panel(self) -> Any:
        return self.widget.panel

    @property
    def parameters(self) -> Any:
        return self.panel.context.parameters

    @property
    def report(self) -> Any:
        return self.panel.context.controller.report

    @property
    def is_busy(self) -> bool:
        return bool(self.panel.context.controller.is_busy)

    @property
    def message(self) -> str:
        """The text of the message label, without its markup."""
        return _plain(self.ui.messageLabel.text()) if self.ui.messageLabel.isVisible() else ""

    def wait(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Let Slicer go on until something is so."""
        assert self.host.wait_until(condition, timeout_s), f"it did not happen; the panel says '{self.message}'"

    def enter_path(self, line: Any, path: Path | str) -> None:
        """Type a path and press Return."""
        self.host.type_text(line, str(path))
        self.host.press_key(line, Qt.Key.Key_Return)

    def type_number(self, box: Any, text: str) -> None:
        """Type a number into a spin box and press Return."""
        self.host.type_text(box, text)
        self.host.press_key(box, Qt.Key.Key_Return)

    def choose_input(self, path: Path | str, kind: str = "Video file") -> None:
        """Choose kind and path of the input, and wait for what is said about it."""
        self.host.choose(self.ui.inputKindComboBox, kind)
        self.enter_path(self.ui.inputPathLineEdit, path)
        self.wait(lambda: not self.panel.input.is_looking)

    def name_structure(self, text: str) -> None:
        """Type the name of a structure and press Return."""
        self.host.type_text(self.ui.structureLineEdit, text)
        self.host.press_key(self.ui.structureLineEdit, Qt.Key.Key_Return)

    def open_section(self, name: str) -> None:
        """Open a section of the panel, if it is closed, by a click."""
        button = getattr(self.ui, f"{name}CollapsibleButton")
        if button.property("collapsed"):
            self.host.click(button)

    def apply(self) -> None:
        """Press Apply."""
        self.host.click(self.ui.applyButton)

    def run_to_the_end(self) -> None:
        """Press Apply and wait for the end of the job, whatever it is."""
        self.apply()
        self.wait(lambda: not self.is_busy)
        self.host.process_events()

    def node_ids(self) -> set[str]:
        """All nodes of the scene."""
        scene = self.host.scene
        slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)  # Slicer always has one
        return {scene.GetNthNode(number).GetID() for number in range(scene.GetNumberOfNodes())}


def _plain(markup: str) -> str:
    from PySide6.QtGui import QTextDocument

    document = QTextDocument()
    document.setHtml(markup)
    return document.toPlainText()
