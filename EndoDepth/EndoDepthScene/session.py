"""A MRML scene with the module logics that Slicer has, for use outside Slicer (slicer-core)."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any

import slicer
import vtk

from EndoDepthLib.errors import InputError
from EndoDepthScene.quiet import quiet_vtk

# Node classes exist only once the logic of their module has met the scene. The colour logic without files is enough:
# colour tables that come with Slicer are named by id and found there.
_MODULE_LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Models": "vtkSlicerModelsLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Sequences": "vtkSlicerSequencesLogic",
}


class MrmlSession:
    """An empty scene outside Slicer. Use as a context manager; `scene` is a vtkMRMLScene.

    Temporary files lie in `folder` (by default the system's folder for them).

    with MrmlSession() as session:
        session.read(path)
        session.scene.GetNumberOfNodes()
    """

    def __init__(self, folder: Path | None = None) -> None:
        # Scenes are packed and unpacked here: as large as the scene, so not always fit for the system's folder.
        self._folder = tempfile.TemporaryDirectory(prefix="endodepth-scene-", dir=folder, ignore_cleanup_errors=True)
        # VTK reports every missing optional file of a Slicer installation; only errors concern the user here.
        vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_ERROR)
        self.scene = slicer.vtkMRMLScene()
        self.application = slicer.vtkSlicerApplicationLogic()
        self.application.SetTemporaryPath(self._folder.name)
        self.application.SetMRMLScene(self.scene)
        # Scene bundles are unpacked in the cache folder of the data manager.
        self._cache = slicer.vtkCacheManager()
        self._cache.SetRemoteCacheDirectory(self._folder.name)
        self._cache.SetMRMLScene(self.scene)
        self._data_manager = slicer.vtkDataIOManager()
        self._data_manager.SetCacheManager(self._cache)
        self.scene.SetCacheManager(self._cache)
        self.scene.SetDataIOManager(self._data_manager)
        self.logics: dict[str, Any] = {}
        self._slices: dict[str, Any] = {}
        for module, class_name in _MODULE_LOGICS.items():
            logic = getattr(slicer, class_name)()
            logic.SetMRMLApplicationLogic(self.application)
            logic.SetMRMLScene(self.scene)
            self.application.SetModuleLogic(module, logic)
            self.logics[module] = logic

    def __enter__(self) -> MrmlSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all nodes and of the temporary folder."""
        # Logics observe the scene: they leave first, in reverse order, so that none of them sees it vanish.
        for logic in (*self._slices.values(), *reversed(self.logics.values())):
            logic.SetMRMLScene(None)
        self.application.SetMRMLScene(None)
        self.scene.Clear(True)
        self._folder.cleanup()

    def slice_logic(self, name: str) -> Any:
        """The logic of the slice view of this name ("Red" is axial): makes its nodes and the image that it shows."""
        if name not in self._slices:
            logic = slicer.vtkMRMLSliceLogic()
            logic.SetMRMLApplicationLogic(self.application)
            logic.SetMRMLScene(self.scene)
            # A scene that was read may bring the view's node: a second one of the same name would not enter the scene.
            node = self.scene.GetSingletonNode(name, "vtkMRMLSliceNode")
            if node is None:
                logic.AddSliceNode(name)
            else:
                logic.SetSliceNode(node)
            self._slices[name] = logic
        return self._slices[name]

    def read(self, path: Path) -> None:
        """Read a scene bundle (.mrb) into the scene. Raises InputError when it cannot be read."""
        if not Path(path).is_file():
            raise InputError(f"scene '{path}' does not exist; expected a .mrb file")
        here = Path.cwd()
        try:
            is_read = self.scene.ReadFromMRB(str(Path(path).absolute()), True)
        finally:
            os.chdir(here)  # unpacking what is damaged leaves the process in a folder that is then removed
        if not is_read:
            raise InputError(f"scene '{path}' cannot be read; it is damaged or no .mrb file: build it again")

    def write(self, path: Path) -> bool:
        """Write the scene as a bundle (.mrb); False when the disk could not take it."""
        # On a full disk VTK reports every file.
        with quiet_vtk():
            written = self.scene.WriteToMRB(str(path))
        # A disk that fills up while the bundle is packed is not always noticed by MRML.
        if not written or not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as bundle:
            return bundle.testzip() is None
