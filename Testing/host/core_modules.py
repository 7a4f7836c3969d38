"""`slicer.modules.sequences`, `.volumes` ...: Slicer's own loadable modules, as far as scripted modules call them.

Slicer: Modules/Loadable/*/qSlicer*Module.h. The Sequences module also has the timer that steps every browser that
plays (qSlicerSequencesModule.cxx, updateAllVirtualOutputNodes).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import slicer
from PySide6.QtCore import QTimer

from host.segment_editor import SegmentEditorModule

_STEP_MS = 20


class CoreModule:
    """A module with a logic and without a panel here."""

    hidden = False

    def __init__(self, name: str, logic: Any) -> None:
        self.name = self.title = name
        self.path = ""
        self._logic = logic

    def logic(self) -> Any:
        return self._logic

    def widgetRepresentation(self) -> None:
        return None

    def close(self) -> None:
        self._logic = None


class SequencesModule(CoreModule):
    """Plays browsers, and has the toolbar for one of them; a browser that comes with a scene is shown there."""

    def __init__(self, name: str, logic: Any, window: Any) -> None:
        super().__init__(name, logic)
        self.autoShowToolBar = True
        self._window, self._browser = window, None
        self._timer = QTimer()
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()
        self._scene = logic.GetMRMLScene()
        events = ((self._scene.EndImportEvent, self._on_imported), (self._scene.NodeRemovedEvent, self._on_removed))
        self._tags = [self._scene.AddObserver(event, lambda *_, then=then: then()) for event, then in events]

    def setToolBarActiveBrowserNode(self, browser: Any) -> None:
        """Choose the browser of the toolbar, which this alone does not show."""
        self._browser = browser
        if self._window is not None:
            self._window.use_browser(browser)

    def toolBarActiveBrowserNode(self) -> Any:
        return self._browser

    def setToolBarVisible(self, visible: bool) -> None:
        if self._window is not None:
            self._window.show_sequence_tool_bar(visible)

    def isToolBarVisible(self) -> bool:
        return self._window is not None and self._window.is_sequence_tool_bar_shown()

    def showSequenceBrowser(self, browser: Any) -> bool:
        if self.autoShowToolBar:
            self.setToolBarActiveBrowserNode(browser)
            self.setToolBarVisible(True)
        return True

    def close(self) -> None:
        self._timer.stop()
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self.setToolBarActiveBrowserNode(None)
        self._window = self._scene = None
        super().close()

    def _step(self) -> None:
        if self._logic is not None:
            self._logic.UpdateAllProxyNodes()

    def _on_imported(self) -> None:
        browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode", self._scene)
        if browsers:
            self.showSequenceBrowser(max(browsers, key=lambda each: each.GetNumberOfSynchronizedSequenceNodes()))

    def _on_removed(self) -> None:
        if self._browser is not None and self._browser.GetScene() is None:
            self.setToolBarActiveBrowserNode(None)


def core_modules(logics: Mapping[str, Any], window: Any) -> Iterator[Any]:
    """A module for each logic, and Segment Editor, which works on the nodes of Segmentations."""
    for name, logic in logics.items():
        yield SequencesModule(name, logic, window) if name == "Sequences" else CoreModule(name, logic)
    yield SegmentEditorModule(logics["Segmentations"])
