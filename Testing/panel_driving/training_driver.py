"""The panel of the training module in a host, with hands for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from host import Host
from PySide6.QtCore import Qt

from panel_driving.driver import PATIENCE_S, _plain


class TrainingDriver:
    """Opens the module and uses its panel by clicks and typing. `ui`: its widgets by name; `panel`: the panel."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.widget = host.open_module("EndoDepthTraining")

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
    def runner(self) -> Any:
        return self.panel.context.runner

    @property
    def frames(self) -> Any:
        return self.panel.context.frames

    @property
    def message(self) -> str:
        """The text of the message label, without its markup."""
        return _plain(self.ui.messageLabel.text()) if self.ui.messageLabel.isVisible() else ""

    @property
    def log(self) -> str:
        return "\n".join(self.runner.report.log)

    def wait(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Let Slicer go on until something is so."""
        assert self.host.wait_until(condition, timeout_s), f"it did not happen; '{self.message}'\n{self.log}"

    def enter_path(self, line: Any, path: Path | str) -> None:
        """Type a path and press Return."""
        self.host.type_text(line, str(path))
        self.host.press_key(line, Qt.Key.Key_Return)

    def type_number(self, box: Any, text: str) -> None:
        """Type a number into a spin box and press Return."""
        self.host.type_text(box, text)
        self.host.press_key(box, Qt.Key.Key_Return)

    def open_section(self, name: str) -> None:
        """Open a section of the panel, if it is closed, by a click."""
        button = getattr(self.ui, f"{name}CollapsibleButton")
        if button.property("collapsed"):
            self.host.click(button)

    def press(self, button: Any) -> None:
        """Press a button and wait for the end of what it began, whatever that is."""
        self.host.click(button)
        self.wait(lambda: not self.runner.is_busy)
        self.host.process_events()

    def pick(self, recording: Path, folder: Path, count: int) -> None:
        """Pick frames of a video into a training folder, and wait until they are in the scene."""
        self.enter_path(self.ui.sourcePathLineEdit, recording)
        self.type_number(self.ui.frameCountSpinBox, str(count))
        self.enter_path(self.ui.folderPathLineEdit, folder)
        self.press(self.ui.pickButton)

    def paint(self, masks: dict[str, np.ndarray]) -> None:
        """Go to Segment Editor, mark (N, H, W) bool pixels of each structure there, and come back."""
        self.host.click(self.ui.markButton)
        editor = slicer.modules.segmenteditor.widgetRepresentation().self()
        for name, mask in masks.items():
            editor.paint(name, mask)
        self.host.open_module("EndoDepthTraining")
        self.host.wait(0.4)

    def rows(self) -> list[tuple[str, str, bool]]:
        """The table of frames: name, labels, whether it is held out."""
        tree = self.ui.framesTreeWidget
        items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
        return [(each.text(0), each.text(2), each.checkState(1) == Qt.CheckState.Checked) for each in items]
