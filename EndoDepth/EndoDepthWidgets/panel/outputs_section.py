"""What is made and where it goes: a new case or one that is replaced, and results that are kept as files."""

from __future__ import annotations

import os
from pathlib import Path

from slicer.i18n import tr as _

from EndoDepthScene.kinds import BROWSER, KIND
from EndoDepthWidgets.panel.context import PanelContext
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at


class OutputsSection:
    """Name, replaced case, results folder."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        ui = context.ui
        ui.outputCaseSelector.addAttribute("vtkMRMLSequenceBrowserNode", KIND, BROWSER)
        self.path = PathField(ui.resultsPathLineEdit, self._on_path)

    def problem(self) -> str | None:
        """What keeps the results folder from being used, in one sentence."""
        parameters = self._context.parameters
        if parameters is None or not parameters.resultsPath.strip():
            return None
        text = parameters.resultsPath.strip()
        found = look_at(text)
        if found is Found.FILE:
            return _("Results folder '{path}' is a file; choose a folder.").format(path=text)
        if found is Found.FOLDER:
            return _("Results folder '{path}' is not empty; choose a new or empty one.").format(path=text)
        if not _is_writable(Path(text)):
            return _("Results folder '{path}' cannot be written to; choose another one.").format(path=text)
        return None

    def refresh(self) -> None:
        """Show the folder of the settings."""
        parameters = self._context.parameters
        if parameters is not None:
            self.path.show(parameters.resultsPath)

    def close(self) -> None:
        """Nothing is held."""

    def _on_path(self, text: str) -> None:
        if self._context.parameters is not None:
            self._context.parameters.resultsPath = text


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be made here, or written to if it is there."""
    try:
        parent = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        return parent is not None and os.access(parent, os.W_OK)
    except (OSError, ValueError):
        return False
