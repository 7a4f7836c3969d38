"""The MRML scene of a running Slicer: application logic, the logics of the core modules, and the nodes that they make.

Slicer: Base/QTCore/qSlicerCoreApplication.cxx (setMRMLScene) for the order; a module's node classes are known to the
scene once its logic is. Everything here is slicer-core's own code.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import slicer
import vtk

_LOGICS = {
    "Colors": "vtkSlicerColorLogic",
    "Units": "vtkSlicerUnitsLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Models": "vtkSlicerModelsLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Texts": "vtkSlicerTextsLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Sequences": "vtkSlicerSequencesLogic",
}


class Session:
    """A scene and its logics; files are unpacked in `folder`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)
        self.scene = slicer.vtkMRMLScene()
        self.application = slicer.vtkSlicerApplicationLogic()
        self.application.SetTemporaryPath(str(folder))
        self.application.SetMRMLScene(self.scene)
        self._cache = slicer.vtkCacheManager()
        self._cache.SetRemoteCacheDirectory(str(folder))
        self._cache.SetMRMLScene(self.scene)
        self._data_manager = slicer.vtkDataIOManager()
        self._data_manager.SetCacheManager(self._cache)
        self.scene.SetCacheManager(self._cache)
        self.scene.SetDataIOManager(self._data_manager)
        self.scene.RegisterNodeClass(slicer.vtkMRMLScriptedModuleNode())
        self.logics: dict[str, Any] = {}
        self._add_logics()
        self.application.SetColorLogic(self.logics["Colors"])
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        self.scene.AddNode(crosshair)

    def _add_logics(self) -> None:
        with _quiet():
            for name, class_name in _LOGICS.items():
                logic = getattr(slicer, class_name)()
                logic.SetMRMLApplicationLogic(self.application)
                logic.SetMRMLScene(self.scene)
                self.application.SetModuleLogic(name, logic)
                self.logics[name] = logic

    def read(self, path: Path) -> bool:
        """Read a bundle into the scene, whose nodes it takes the place of."""
        here = Path.cwd()
        try:
            return bool(self.scene.ReadFromMRB(str(Path(path).absolute()), True))
        finally:
            os.chdir(here)  # what is damaged leaves the process in a folder that is then removed

    def write(self, path: Path) -> bool:
        """Write the scene as a bundle."""
        return bool(self.scene.WriteToMRB(str(path)))

    def close(self) -> None:
        """Logics leave the scene before it goes."""
        with _quiet():
            for logic in reversed(self.logics.values()):
                logic.SetMRMLScene(None)
        self.application.SetMRMLScene(None)
        self.scene.Clear(True)


@contextmanager
def _quiet() -> Iterator[None]:
    # The colour and terminology files of an installation are not in slicer-core: their absence is reported, harmlessly.
    vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
    try:
        yield
    finally:
        vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)
