"""What is made and where it goes: a new case or one that is replaced, and results that are kept as files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from EndoDepthScene.kinds import BROWSER, KIND
from EndoDepthWidgets.panel.context import PanelContext, set_quietly


class OutputsSection:
    """Name, replaced case, results folder."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        ui = context.ui
        ui.outputCaseSelector.addAttribute("vtkMRMLSequenceBrowserNode", KIND, BROWSER)
        ui.resultsPathLineEdit.currentPathChanged.connect(self._on_path)

    def problem(self) -> str | None:
        """What keeps the results folder from being used, in one sentence."""
        parameters = self._context.parameters
        if parameters is None or not parameters.resultsPath.strip():
            return None
        folder = Path(parameters.resultsPath.strip())
        if folder.is_file():
            return _("Results folder '{path}' is a file; choose a folder.").format(path=folder)
        if folder.is_dir() and any(folder.iterdir()):
            return _("Results folder '{path}' is not empty; choose a new or empty one.").format(path=folder)
        parent = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
        if parent is None or not os.access(parent, os.W_OK):
            return _("Results folder '{path}' cannot be written to; choose another one.").format(path=folder)
        return None

    def refresh(self) -> None:
        """Show the folder of the settings."""
        parameters = self._context.parameters
        if parameters is not None:
            set_quietly(self._context.ui.resultsPathLineEdit, "currentPath", parameters.resultsPath)

    def close(self) -> None:
        """Nothing is held."""

    def _on_path(self, *_path: Any) -> None:
        if self._context.parameters is not None:
            path = self._context.ui.resultsPathLineEdit.property("currentPath")
            self._context.parameters.resultsPath = str(path or "")
