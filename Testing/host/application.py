"""`slicer.app`: the one QApplication of the process, with what Slicer adds to it.

Slicer: Base/QTCore/qSlicerCoreApplication.h, Base/QTGUI/qSlicerApplication.h. Properties there (`temporaryPath`,
`slicerHome`, `applicationName`, `revision`, ...) are attributes here, methods are methods.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QSettings, Qt, Signal, qInstallMessageHandler
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from host.module_manager import ModuleManager


class Application(QApplication):
    startupCompleted = Signal()
    mrmlSceneChanged = Signal(object)
    logicModified = Signal()

    applicationName = "Slicer"  # type: ignore[assignment]
    mainApplicationName = "Slicer"
    applicationVersion = "5.12.0-host"  # type: ignore[assignment]
    mainApplicationVersion = "5.12.0"
    majorVersion, minorVersion = 5, 12
    revision = repositoryRevision = "00000"
    os = {"Linux": "linux", "Darwin": "macosx", "Windows": "win"}[platform.system()]
    arch = "amd64"
    platform = f"{os}-{arch}"  # type: ignore[assignment]
    documentationBaseUrl = "https://slicer.readthedocs.io/en/latest/"

    def begin(self, folder: Path, session: Any, modules: ModuleManager) -> None:
        """Serve a new host: its folder, its scene, its modules."""
        self._folder, self._session, self._modules = folder, session, modules
        self._layout_manager: Any = None
        self.is_testing = False
        self.paused_renders = 0
        self.temporaryPath = str(_made(folder / "temporary"))
        self.slicerHome = str(_made(folder / "Slicer"))
        self.defaultScenePath = str(_made(folder / "scenes"))
        self.cachePath = str(_made(folder / "cache"))
        QCoreApplication.setOrganizationName("NA-MIC")
        QCoreApplication.setApplicationName("Slicer")
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        self._settings = QSettings()

    def end(self) -> None:
        """Let go of the host that is being closed."""
        self._settings.sync()
        self._layout_manager = self._session = self._modules = None  # type: ignore[assignment]
        for signal in (self.startupCompleted, self.mrmlSceneChanged):
            if self.receivers(_signature(signal)):
                signal.disconnect()

    def mrmlScene(self) -> Any:
        return self._session.scene

    def applicationLogic(self) -> Any:
        return self._session.application

    mrmlApplicationLogic = applicationLogic

    def layoutManager(self) -> Any:
        return self._layout_manager

    def set_layout_manager(self, manager: Any) -> None:
        self._layout_manager = manager

    def moduleManager(self) -> ModuleManager:
        return self._modules

    def moduleLogic(self, name: str) -> Any:
        return self._session.logics.get(name)

    def settings(self) -> QSettings:
        return self._settings

    userSettings = revisionUserSettings = settings

    def testingEnabled(self) -> bool:
        return self.is_testing

    def mousePosition(self) -> Any:
        return QCursor.pos()

    def pauseRender(self) -> None:
        self.paused_renders += 1

    def resumeRender(self) -> None:
        self.paused_renders = max(0, self.paused_renders - 1)
        if not self.paused_renders and self._layout_manager is not None:
            self._layout_manager.schedule_renders()

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}user_guide/modules/{name.lower()}.html"

    def toSlicerHomeAbsolutePath(self, path: str) -> str:
        return path if Path(path).is_absolute() else str(Path(self.slicerHome) / path)


def application() -> Application:
    """The application of this process, made when there is none. Off-screen unless QT_QPA_PLATFORM says otherwise."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = QApplication.instance()
    if found is None:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
        made = Application(["Slicer"])
        made.setStyle("Fusion")
        made.setQuitOnLastWindowClosed(False)
        qInstallMessageHandler(_tell)
        return made
    if not isinstance(found, Application):
        raise RuntimeError("this process has a QApplication that is not the host's: start the host first")
    return found


def _tell(_kind: Any, _context: Any, text: str) -> None:
    if "propagateSizeHints" not in text:  # the off-screen platform says so of every window
        print(f"Qt: {text}", file=sys.stderr)


def _signature(signal: Any) -> str:
    return str(signal.signal) if hasattr(signal, "signal") else ""


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
