"""Renders a sample case and loads its frames as a sequence, while Slicer stays usable."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError, OutputError
from EndoDepthLib.geometry.camera_file import load_camera
from EndoDepthScene.cameras import add_camera, place_camera
from EndoDepthWidgets.dependencies import ensure_installed
from EndoDepthWidgets.job.controller import JobController
from EndoDepthWidgets.job.job import Job, JobState
from EndoDepthWidgets.job.receivers import ImportReceiver
from EndoDepthWidgets.panel.views import show_frames_in_views
from EndoDepthWidgets.process.chained import ChainedProcess
from EndoDepthWidgets.process.child import ChildProcess
from EndoDepthWidgets.process.protocol import JobProcess
from EndoDepthWidgets.sample_data import Sample, rendering_commands

_FOLDER_IN_CACHE = "EndoDepth"
_FOCAL_DISTANCE = 50.0  # as in a case without scale
_running: list[SampleLoading] = []


def load_sample(sample: Sample) -> None:
    """Begin to render and load a sample; while another one is loaded, this only says so."""
    if _running:
        slicer.util.showStatusMessage(_("A sample is being rendered already; wait for it or cancel it."), 5000)
        return
    try:
        if not ensure_installed():
            slicer.util.showStatusMessage(_("The sample was not rendered: packages are missing."), 5000)
            return
        _running.append(SampleLoading(sample))
        _running[-1].start()
    except EndoDepthError as error:
        _running.clear()
        slicer.util.errorDisplay(str(error))


class SampleLoading:
    """One sample on its way into the scene, with a dialog that shows how far it is and can cancel it."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._scene = slicer.mrmlScene
        self._partial = Path()
        self._frames = Path()
        self._controller = JobController(self._scene, self._start_process, self._on_change)
        self._observer = self._scene.AddObserver(slicer.vtkMRMLScene.StartCloseEvent, self._on_scene_close)
        self._dialog = qt.QProgressDialog(slicer.util.mainWindow())
        self._dialog.setWindowTitle(sample.name)
        self._dialog.setAutoClose(False)
        self._dialog.setAutoReset(False)
        self._dialog.setMinimumDuration(0)
        self._dialog.canceled.connect(self._on_cancel)

    def start(self) -> None:
        """Begin. Raises OutputError when the cache or the temporary folder takes no files."""
        try:
            cache = _cache_folder()
            cache.mkdir(parents=True, exist_ok=True)
            self._partial = Path(tempfile.mkdtemp(prefix="rendering-", dir=cache)) / "clip"
            temporary = Path(tempfile.mkdtemp(prefix="endodepth-sample-", dir=slicer.app.temporaryPath))
        except OSError as error:
            self._end()
            raise OutputError(
                f"the sample cannot be written to '{error.filename}' ({error.strerror or error}); free some space, or "
                "choose other cache and temporary folders in Slicer's settings"
            ) from error
        self._frames = temporary / "frames"
        self._controller.start(
            Job(
                self._sample.name,
                (),
                lambda: SampleReceiver(
                    self._scene, self._frames, self._sample, _cache_folder() / self._sample.clip_name
                ),
                folders=(self._partial.parent, temporary),
            )
        )
        self._dialog.show()

    def _start_process(self, _arguments: Sequence[str]) -> JobProcess:
        commands = rendering_commands(self._sample, _cache_folder(), self._partial, self._frames)
        return ChainedProcess(ChildProcess.start, commands)

    def _on_cancel(self) -> None:
        self._controller.cancel()

    def _on_scene_close(self, _caller: Any, _event: Any) -> None:
        self._controller.abandon()

    def _on_change(self) -> None:
        report = self._controller.report
        if report.state is JobState.RUNNING:
            self._dialog.setLabelText(report.stage)
            self._dialog.setMaximum(report.total)
            self._dialog.setValue(report.done)
        elif report.state is not JobState.CANCELLING:
            self._end()
            if report.state is JobState.DONE:
                show_frames_in_views(report.result)
            elif report.state is JobState.FAILED:
                slicer.util.errorDisplay(report.message, detailedText="\n".join(report.log))
            else:
                slicer.util.showStatusMessage(report.message, 5000)

    def _end(self) -> None:
        self._controller.close()
        self._scene.RemoveObserver(self._observer)
        self._dialog.hide()
        self._dialog.deleteLater()
        if self in _running:
            _running.remove(self)


class SampleReceiver(ImportReceiver):
    """Makes a sequence of the frames, and the camera that took them, which the panel offers as one in the scene."""

    def __init__(self, scene: Any, frames: Path, sample: Sample, clip: Path) -> None:
        super().__init__(scene, frames, sample.name)
        self._scene = scene
        self._camera_name = f"{sample.name} camera"
        self._clip = clip

    def finish_steps(self) -> Iterator[None]:
        """Add the camera. Raises CameraError when the clip's file of it is damaged."""
        yield from super().finish_steps()
        camera = load_camera(self._clip / "camera.json")
        node = add_camera(self._scene, self._camera_name)
        place_camera(node, camera, _FOCAL_DISTANCE, self._clip.name)
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)
        folder = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(self.result))
        hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), folder)


def _cache_folder() -> Path:
    """Where Slicer keeps what the module Sample Data downloads, and in it the rendered clips."""
    manager = slicer.mrmlScene.GetCacheManager()
    folder = manager.GetRemoteCacheDirectory() if manager is not None else None
    return Path(folder or slicer.app.temporaryPath) / _FOLDER_IN_CACHE
