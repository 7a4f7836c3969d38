"""What of `slicer.util` has to be other than in Slicer: the parts that are written for PythonQt.

Slicer: Base/Python/slicer/util.py (slicer-core ships the real one; everything not named here stays real). Message boxes
are real ones of the host, which write down and answer them.
"""

from __future__ import annotations

import fnmatch
import logging
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slicer
import slicer.util
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QApplication, QMainWindow, QProgressDialog, QWidget

from host import packaging_calls, widgets
from host.dialogs import DIALOGS
from host.widgets.ctkMessageBox import ctkMessageBox

_SETTERS = {"windowTitle": "setWindowTitle", "icon": "setIcon", "standardButtons": "setStandardButtons"}
_SETTERS |= {"detailedText": "setDetailedText", "informativeText": "setInformativeText", "text": "setText"}
_SETTERS |= {"defaultButton": "setDefaultButton", "textFormat": "setTextFormat"}


def install() -> None:
    """Put these functions into slicer.util."""
    for function in (
        loadUI,
        childWidgetVariables,
        findChild,
        findChildren,
        lookupTopLevelWidget,
        mainWindow,
        messageBox,
        delayDisplay,
        showStatusMessage,
        createProgressDialog,
        loadScene,
        saveScene,
        setDataProbeVisible,
    ):
        setattr(slicer.util, function.__name__, function)
    slicer.util.pip_install = packaging_calls.pip_install
    slicer.util.pip_uninstall = packaging_calls.pip_uninstall


def loadUI(path: str) -> Any:
    """The widget of a .ui file. Signals between its widgets (mrmlSceneChanged) are connected as the file says."""
    if not Path(path).is_file():
        raise RuntimeError(f"Could not load UI file: file not found {path}")
    tree = ElementTree.parse(path)
    root = tree.getroot()
    connections = _take_connections(root)
    custom = {kind.__name__ for kind in (*widgets.CTK, *widgets.QMRML)}
    for element in root.iter("widget"):
        _check_class(element.get("class", ""), custom, path)
        if element.get("class") in custom:
            _sets_as_text(element)
    loader = QUiLoader()
    for kind in (*widgets.CTK, *widgets.QMRML):
        loader.registerCustomWidget(kind)
    buffer = QBuffer()
    buffer.setData(QByteArray(ElementTree.tostring(root)))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    widget = loader.load(buffer)
    if widget is None:
        raise RuntimeError(f"Could not load UI file: {path}: {loader.errorString()}")
    for sender, signal, receiver, slot in connections:
        getattr(_named(widget, sender), signal).connect(getattr(_named(widget, receiver), slot))
    return widget


def _check_class(name: str, custom: set[str], path: str) -> None:
    if not name.startswith("Q") and name not in custom:
        raise RuntimeError(f"the host has no widget class {name}, which {path} names")


def _take_connections(root: ElementTree.Element) -> list[tuple[str, str, str, str]]:
    found = []
    for group in root.findall("connections"):
        for each in group.iter("connection"):
            parts = [str(each.findtext(tag)) for tag in ("sender", "signal", "receiver", "slot")]
            found.append((parts[0], parts[1].partition("(")[0], parts[2], parts[3].partition("(")[0]))
        root.remove(group)
    return found


def _sets_as_text(widget: ElementTree.Element) -> None:
    # Qt's loader knows sets of C++ classes only; the properties of our classes take the text of a set.
    for value in widget.findall("property/set"):
        value.tag = "string"


def _named(widget: QWidget, name: str) -> Any:
    return widget if widget.objectName() == name else widget.findChild(QObject, name)


def childWidgetVariables(widget: Any) -> Any:
    """All named objects below a widget as attributes (also actions and layouts, as in Slicer)."""
    found = [widget, *widget.findChildren(QObject)]
    names = SimpleNamespace()
    for each in found:
        if each.objectName() and not each.objectName().startswith("qt_"):
            setattr(names, each.objectName(), each)
    return names


def _below(widget: Any) -> Iterator[Any]:
    yield widget
    yield from widget.findChildren(QObject)


def findChildren(widget: Any = None, name: str = "", text: str = "", title: str = "", className: str = "") -> list[Any]:
    """The objects below a widget that match every given pattern."""
    top = widget or mainWindow()
    wanted = {"objectName": name, "text": text, "title": title}
    found = []
    for each in _below(top) if top is not None else ():
        values = {key: each.property(key) for key, pattern in wanted.items() if pattern}
        if className and not fnmatch.fnmatchcase(each.metaObject().className(), className):
            continue
        if all(isinstance(value, str) and fnmatch.fnmatchcase(value, wanted[key]) for key, value in values.items()):
            found.append(each)
    return found


def findChild(widget: Any, name: str, properties: dict[str, Any] | None = None) -> Any:
    """The first object of a name below a widget. Raises RuntimeError when there is none."""
    found = findChildren(widget, name=name)
    found = [each for each in found if all(each.property(key) == value for key, value in (properties or {}).items())]
    if not found:
        raise RuntimeError(f"Widget with name='{name}' does not exist.")
    return found[0]


def lookupTopLevelWidget(objectName: str) -> Any:
    """The window of this name. Raises RuntimeError when there is none."""
    for window in QApplication.topLevelWidgets():
        if window.objectName() == objectName:
            return window
    raise RuntimeError(f"Failed to obtain reference to '{objectName}'")


def mainWindow() -> Any:
    """The main window, None without one."""
    host_window = getattr(slicer.app, "main_window", None)
    return host_window if isinstance(host_window, QMainWindow) else None


def messageBox(text: str, parent: Any = None, **kwargs: Any) -> int:
    """Show a message box and wait for its answer."""
    box = ctkMessageBox(parent or mainWindow())
    box.setText(text)
    for key, value in kwargs.items():
        if key == "dontShowAgainSettingsKey":
            box.dontShowAgainSettingsKey = value
        else:
            getattr(box, _SETTERS[key])(value)
    answer = box.exec()
    box.deleteLater()
    return answer


def delayDisplay(message: str, autoCloseMsec: int = 1000, parent: Any = None, **kwargs: Any) -> None:
    """Write the message down; no test needs to wait until it closes itself."""
    logging.info(message)
    DIALOGS.tell("delay", message)
    slicer.app.processEvents()


def showStatusMessage(message: str, duration: int = 0) -> bool:
    """Show a message in the status bar."""
    DIALOGS.tell("status", message)
    window = mainWindow()
    if window is None:
        return False
    window.statusBar().showMessage(message, duration)
    return True


def createProgressDialog(
    parent: Any = None,
    value: int = 0,
    maximum: int = 100,
    labelText: str = "",
    windowTitle: str = "Processing...",
    **kwargs: Any,
) -> Any:
    """A progress dialog of Qt."""
    dialog = QProgressDialog(parent or mainWindow())
    given = {"minimumDuration": 0, "maximum": maximum, "value": value, "windowTitle": windowTitle}
    for name, each in (given | {"labelText": labelText} | kwargs).items():
        dialog.setProperty(name, each)
    return dialog


def loadScene(filename: str, properties: dict[str, Any] | None = None) -> bool:
    """Read a scene into the one that there is, after closing it."""
    slicer.mrmlScene.Clear(False)
    return bool(slicer.app.session_read(Path(filename)))


def saveScene(filename: str, properties: dict[str, Any] | None = None) -> bool:
    """Write the scene as a bundle."""
    return bool(slicer.mrmlScene.WriteToMRB(str(filename)))


def setDataProbeVisible(visible: bool) -> None:
    """The host's window has no data probe."""
