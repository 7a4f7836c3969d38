"""A small Slicer that runs in this process, driven by tests: `start_host(folder)`.

Slicer: what a user does in the application (open a module, close, save and load a scene, click, type) by the same
means: real Qt events through QTest, the real event loop, the real scene.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import slicer
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from host import namespaces
from host.application import application
from host.core_modules import core_modules
from host.dialogs import DIALOGS, Dialogs, Message
from host.main_window import MainWindow
from host.module_manager import ModuleManager, qSlicerScriptedLoadableModule
from host.packaging_calls import PACKAGING, Packaging
from host.session import Session
from host.stalls import StallMonitor
from host.views.layout_manager import LayoutManager

MODULE_FOLDERS = tuple(Path(__file__).resolve().parents[2] / name for name in ("EndoDepth", "EndoDepthTraining"))
ONE_SLICE_VIEW = int(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
_running: list[Host] = []


class Host:
    """A running host. Use as a context manager, or call close(). Only one runs at a time.

    window: the main window. dialogs: what was shown, and what will be answered. packaging: what is missing, and what
    was installed. scene: slicer.mrmlScene. errors: exceptions that nobody caught, as in a slot; leaving the context
    with one raises it.
    """

    def __init__(self, folder: Path, size: tuple[int, int], with_window: bool, layout: int) -> None:
        self.folder = folder
        self.errors: list[BaseException] = []
        self._hook, sys.excepthook = sys.excepthook, self._on_uncaught
        self.dialogs: Dialogs = DIALOGS
        self.packaging: Packaging = PACKAGING
        self.dialogs.reset()
        self.packaging.reset()
        self.app = application()
        namespaces.install()
        slicer.app = self.app
        self.session = Session(folder / "unpacked")
        self.manager = ModuleManager()
        self.app.begin(folder, self.session, self.manager)
        slicer.mrmlScene = self.session.scene
        self.window: Any = None
        if with_window:
            self.window = MainWindow()
            self.window.resize(*size)
        self.app.main_window = self.window
        self.app.session_read = self.session.read
        for module in core_modules(self.session.logics, self.window):
            self.manager.add(module)
        if self.window is not None:
            self._layout = LayoutManager(self.window.viewport, self.session.scene, self.session.application, layout)
            self.app.set_layout_manager(self._layout)
            self.window.show()
        self.process_events()

    @property
    def scene(self) -> Any:
        return self.session.scene

    @property
    def messages(self) -> list[Message]:
        """Every dialog shown, in order."""
        return self.dialogs.messages

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.errors.append(error)
        self._hook(kind, error, trace)

    # modules

    def open_module(self, name: str, path: Path | None = None) -> Any:
        """Load a module by its name (or from a file), make its panel, enter it; returns the panel's Python object."""
        module = self.manager.module(name)
        if module is None:
            module = self.load_module(path or self._find(name))
        if self.window is None:
            module.widgetRepresentation().enter()
        else:
            self.window.moduleSelector().selectModule(name)
        self.process_events()
        return module.widgetRepresentation().self()

    def load_module(self, path: Path) -> Any:
        """Load a module as Slicer does at its start: without a panel yet. `startupCompleted` follows."""
        module = qSlicerScriptedLoadableModule(path)
        self.manager.add(module)
        self.app.startupCompleted.emit()
        return module

    def reload_module(self, name: str) -> Any:
        """What the button Reload does; returns the new panel's Python object."""
        self.manager.module(name).widgetRepresentation().self().onReload()
        self.process_events()
        return self.manager.module(name).widgetRepresentation().self()

    def leave_module(self) -> None:
        """Go to no module: the panel's exit()."""
        self.window.leave()

    def _find(self, name: str) -> Path:
        for folder in MODULE_FOLDERS:
            if (folder / f"{name}.py").is_file():
                return folder / f"{name}.py"
        raise FileNotFoundError(f"no module '{name}' in {', '.join(str(each) for each in MODULE_FOLDERS)}")

    # the scene

    def close_scene(self) -> None:
        """File > Close Scene."""
        self.scene.Clear(False)
        self.process_events()

    def save_scene(self, path: Path) -> None:
        """File > Save, as a bundle. Raises OSError when it could not be written."""
        if not self.session.write(path):
            raise OSError(f"scene '{path}' could not be written")

    def load_scene(self, path: Path) -> None:
        """Read a bundle in place of the scene. Raises OSError when it could not be read."""
        if not self.session.read(path):
            raise OSError(f"scene '{path}' could not be read")
        self.process_events()

    # the user's hands

    def click(self, widget: Any, position: QPoint | None = None) -> None:
        """A click of the left button, in the middle by default; the widget is scrolled to first."""
        self._reach(widget)
        place = self._hot_spot(widget) if position is None else position
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        self.process_events()

    def type_text(self, widget: Any, text: str, clear: bool = True) -> None:
        """Type into a widget, after what it holds was selected (`clear`)."""
        self._reach(widget)
        target = widget.focusProxy() or widget
        if clear:
            for line in (target.lineEdit() if hasattr(target, "lineEdit") else None, target):
                if line is not None and hasattr(line, "selectAll"):
                    line.selectAll()
                    break
            QTest.keyClick(target, Qt.Key.Key_Delete)
        QTest.keyClicks(target, text)
        self.process_events()

    def press_key(self, widget: Any, key: Qt.Key) -> None:
        """Press a key in a widget, such as Qt.Key.Key_Return."""
        QTest.keyClick(widget.focusProxy() or widget, key)
        self.process_events()

    def choose(self, combo_box: Any, text: str) -> None:
        """Choose the item with this text, with the keyboard as far as Qt sees it: `activated` is emitted."""
        box = combo_box.focusProxy() or combo_box
        place = box.findText(text)
        if place < 0:
            raise ValueError(f"no item '{text}'; there are {[box.itemText(each) for each in range(box.count())]}")
        self._reach(combo_box)
        box.setCurrentIndex(place)
        box.activated.emit(place)
        self.process_events()

    def move_mouse(self, widget: Any, position: QPoint, shift: bool = False) -> None:
        """Move the mouse over a widget."""
        keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        where = QPointF(position)
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.Enter)) if not hasattr(widget, "interactor") else None
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(QEvent.Type.MouseMove, where, QPointF(widget.mapToGlobal(position)), none, none, keys)
        QCoreApplication.sendEvent(widget, event)
        self.process_events()

    def _reach(self, widget: Any) -> None:
        if self.window is not None and self.window.isAncestorOf(widget):
            self.window._scroll.ensureWidgetVisible(widget)
        if not widget.isVisible():
            raise RuntimeError(f"'{widget.objectName()}' is not on the screen: no user could reach it")
        if not widget.isEnabled():
            raise RuntimeError(f"'{widget.objectName()}' is disabled: no user could use it")
        (widget.focusProxy() or widget).setFocus()

    def _hot_spot(self, widget: Any) -> QPoint:
        if hasattr(widget, "setCollapsed") or hasattr(widget, "checkState"):
            return QPoint(10, min(10, widget.height() // 2))
        return widget.rect().center()

    # time

    def process_events(self) -> None:
        """Let everything that waits in the event loop happen."""
        for _ in range(3):
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Run the event loop until the condition holds; False when it did not in time."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                return False
            self.wait(0.005)
        return True

    def wait(self, seconds: float) -> None:
        """Run the event loop for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.001)

    def stall_monitor(self) -> StallMonitor:
        """Measures the longest gap of a 10 ms timer; see StallMonitor."""
        return StallMonitor()

    # pictures

    def screenshot(self, widget: Any, path: Path) -> Path:
        """A picture of a widget (None: the main window), with the views drawn anew."""
        if self.window is not None:
            self._layout.render_all()
        self.process_events()
        path.parent.mkdir(parents=True, exist_ok=True)
        (widget or self.window).grab().save(str(path))
        return path

    def close(self) -> None:
        """Leave and unload the modules, let go of the scene; another host may start."""
        if self not in _running:
            return
        _running.remove(self)
        if self.window is not None:
            self.window.leave()
        for name in reversed(self.manager.loadedModuleNames()):
            try:
                self.manager.unload(name)
            except Exception as error:  # the others are to be unloaded all the same
                self._on_uncaught(type(error), error, error.__traceback__)
        self.process_events()
        if self.window is not None:
            self._layout.close()
            self.app.set_layout_manager(None)
        self.app.main_window = None
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
        self.process_events()
        slicer.mrmlScene = None
        self.session.close()
        self.app.end()
        self.packaging.reset()
        sys.excepthook = self._hook

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self.errors:
            raise self.errors[0]


def start_host(
    folder: Path, size: tuple[int, int] = (1280, 860), with_window: bool = True, layout: int = ONE_SLICE_VIEW
) -> Host:
    """A running small Slicer whose files (settings, temporary ones) lie in `folder`; one that ran before is closed.

    with_window False: as Slicer with --no-main-window, without views; `slicer.app.layoutManager()` is None.
    layout: the views at the start (vtkMRMLLayoutNode); each takes a good part of a second to make, so only one by
    default, where Slicer begins with four.
    """
    while _running:
        _running[-1].close()
    host = Host(Path(folder), size, with_window, layout)
    _running.append(host)
    return host


__all__ = ["Host", "start_host"]
