"""`slicer.app.moduleManager()`, `slicer.modules.<name>` and the widget that a module lives in.

Slicer: Base/QTCore/qSlicerModuleManager.h, Base/QTGUI/qSlicerScriptedLoadableModule.cxx and
qSlicerScriptedLoadableModuleWidget.cxx: the file is run as the Python module of its name, its folder stands on
sys.path, the class of that name is made with the loadable module as `parent`; the panel's class is `<Name>Widget`, made
with the panel's widget as `parent`, then `setup()`; `slicer.modules.<name>`, `.<Name>Instance`, `.<Name>Widget` exist.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout, QWidget

from host.pythonqt_rules import guard
from host.widgets.qSlicerWidget import qSlicerWidget


class ModuleManager:
    """The modules by name; PythonQt's `connect("signal(type)", slot)` for the one signal that modules use."""

    def __init__(self) -> None:
        self._modules: dict[str, Any] = {}
        self._slots: list[Callable[[str], None]] = []

    def add(self, module: Any) -> None:
        self._modules[module.name] = module
        setattr(slicer.modules, module.name.lower(), module)

    def module(self, name: str) -> Any:
        return self._modules.get(name)

    def factoryManager(self) -> ModuleManager:
        return self

    def loadedModuleNames(self) -> list[str]:
        return list(self._modules)

    modulesNames = loadedModuleNames

    def connect(self, signal: str, slot: Callable[[str], None]) -> None:
        _check(signal)
        self._slots.append(slot)

    def disconnect(self, signal: str, slot: Callable[[str], None]) -> None:
        _check(signal)
        self._slots = [each for each in self._slots if each != slot]

    def unload(self, name: str) -> None:
        """Tell that a module is about to be unloaded; its widget cleans up."""
        for slot in list(self._slots):
            slot(name)
        module = self._modules.pop(name, None)
        if module is not None:
            module.close()


def _check(signal: str) -> None:
    if signal != "moduleAboutToBeUnloaded(QString)":
        raise ValueError(f"the host's module manager has no signal {signal}")


class qSlicerScriptedLoadableModule:
    """One scripted module: what `parent` is for the module class, and what `slicer.modules.<name>` is."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = str(path), path.stem
        self.title, self.helpText, self.acknowledgementText = path.stem, "", ""
        self.categories: list[str] = []
        self.dependencies: list[str] = []
        self.contributors: list[str] = []
        self.associatedNodeTypes: list[str] = []
        self.icon = QIcon()
        self.hidden = self.widgetRepresentationCreationEnabled = False
        self._widget: qSlicerScriptedLoadableModuleWidget | None = None
        self.python_module = load_source(path)
        self._instance = getattr(self.python_module, self.name)(self)
        setattr(slicer.modules, f"{self.name}Instance", self._instance)

    def self(self) -> Any:
        return self._instance

    def logic(self) -> Any:
        return getattr(self._widget and self._widget.self(), "logic", None)

    def widgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self) -> qSlicerScriptedLoadableModuleWidget:
        widget = qSlicerScriptedLoadableModuleWidget(self)
        widget.setMRMLScene(slicer.mrmlScene)
        widget.setup()
        return widget

    def close(self) -> None:
        if self._widget is not None:
            self._widget.setParent(None)
            self._widget.deleteLater()
            self._widget = None
        for name in (self.name.lower(), f"{self.name}Instance", f"{self.name}Widget"):
            if hasattr(slicer.modules, name):
                delattr(slicer.modules, name)


class qSlicerScriptedLoadableModuleWidget(qSlicerWidget):
    """What `parent` is for the panel's class: a widget with a vertical layout and the scene."""

    def __init__(self, module: qSlicerScriptedLoadableModule, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{module.name}ModuleWidget")
        self._module = module
        self._is_entered = False
        self._python: Any = None
        self.setLayout(QVBoxLayout())
        self._make()

    def _make(self) -> None:
        python_module = sys.modules[self._module.name]
        self._python = getattr(python_module, f"{self._module.name}Widget")(self)
        setattr(slicer.modules, f"{self._module.name}Widget", self._python)

    @property
    def isEntered(self) -> bool:
        return self._is_entered

    def module(self) -> qSlicerScriptedLoadableModule:
        return self._module

    def self(self) -> Any:
        return self._python

    def setup(self) -> None:
        self._python.setup()

    def enter(self) -> None:
        self._is_entered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        self._is_entered = False
        if hasattr(self._python, "exit"):
            self._python.exit()

    def reload(self) -> None:
        """Make the panel anew from the source that was loaded anew; enter it when the old one was on the screen."""
        self._make()
        self.setup()
        if self._is_entered:
            self.enter()


def load_source(path: Path) -> ModuleType:
    """Run a module file as Slicer does: as the module of its name, its folder on sys.path."""
    folder = str(path.parent)
    guard(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
