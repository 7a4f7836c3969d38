"""`slicer.modules.sequences`, `.volumes` ...: Slicer's own loadable modules, as far as scripted modules call them.

Slicer: Modules/Loadable/*/qSlicer*Module.h. The Sequences module also has the timer that steps every browser that
plays (qSlicerSequencesModule.cxx, updateAllVirtualOutputNodes).
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer

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
    """Plays browsers, and shows one of them in the toolbar."""

    def __init__(self, name: str, logic: Any, window: Any) -> None:
        super().__init__(name, logic)
        self.autoShowToolBar = True
        self._window, self._browser = window, None
        self._timer = QTimer()
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def setToolBarActiveBrowserNode(self, browser: Any) -> None:
        self._browser = browser
        if self._window is not None:
            self._window.show_browser(browser)

    def toolBarActiveBrowserNode(self) -> Any:
        return self._browser

    def setToolBarVisible(self, visible: bool) -> None:
        if self._window is not None:
            self._window.show_browser(self._browser if visible else None)

    def showSequenceBrowser(self, browser: Any) -> None:
        self.setToolBarActiveBrowserNode(browser)

    def close(self) -> None:
        self._timer.stop()
        self._browser = self._window = None
        super().close()

    def _step(self) -> None:
        if self._logic is not None:
            self._logic.UpdateAllProxyNodes()
