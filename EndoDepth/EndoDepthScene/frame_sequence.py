"""A video as a sequence of pictures, built one frame at a time from a folder of decoded frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthScene.display import show_window
from EndoDepthScene.hierarchy import CaseFolder, PatientStudy, remove_node
from EndoDepthScene.kinds import FRAME, FRAMES_BROWSER, KIND
from EndoDepthScene.placement import RAS_FROM_CAMERA, FramePlacement
from EndoDepthScene.png_files import read_png
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.time_index import TimeIndex
from EndoDepthScene.volumes import rgb_volume

if TYPE_CHECKING:
    from EndoDepthLib.results import FramesFolder


class FrameSequence:
    """A sequence of frames under a browser, without depth; `remove()` takes it out of the scene again.

        imported = FrameSequence(scene, FramesFolder.open(folder))
        for position in range(len(folder)):      # or add_frame_steps, one step a timer tick
            imported.add_frame(position)
        browser = imported.finish()

    No camera is known: a pixel is one unit wide, the picture stands upright and unmirrored in the axial view.
    """

    def __init__(
        self, scene: Any, folder: FramesFolder, name: str | None = None, names: PatientStudy | None = None
    ) -> None:
        self.scene = scene
        self.folder = folder
        self.name = name or Path(folder.source).stem or "Endoscopy"
        self._names = names
        self._clear()

    def __len__(self) -> int:
        return 0 if self.sequence is None else int(self.sequence.GetNumberOfDataNodes())

    @property
    def proxy(self) -> Any:
        """The vtkMRMLVectorVolumeNode that shows the selected frame, None before the first."""
        return None if self.browser is None else self.browser.GetProxyNode(self.sequence)

    def add_frame(self, position: int) -> None:
        """Append the frame at this position, which must be the next one. Raises InputError for a damaged picture."""
        for _ in self.add_frame_steps(position):
            pass

    def add_frame_steps(self, position: int) -> Iterator[None]:
        """`add_frame` in steps that are short for large frames too: take one a timer tick."""
        if position != len(self):
            raise ValueError(f"frame position is {position}; expected {len(self)}: frames come in order")
        path, frame = self.folder.path(position), self.folder.frames[position]
        pixels = read_png(path)
        if pixels.shape != (self.folder.height, self.folder.width, 3) or pixels.dtype != np.uint8:
            raise InputError(
                f"'{path}' is {pixels.shape[1]} x {pixels.shape[0]} {pixels.dtype}; expected "
                f"{self.folder.width} x {self.folder.height} pixels of 8-bit RGB: import the video again"
            )
        yield
        node = rgb_volume(pixels, _placement(self.folder.width, self.folder.height))
        node.SetName(f"{self.name} frame")
        node.SetAttribute(PREFIX + "FrameIndex", str(frame.index))
        if self.sequence is None:
            self._add_sequence()
        self.sequence.SetDataNodeAtValue(node, self._times.value(frame))
        yield
        if self.browser is None:
            self._add_browser()

    def finish(self) -> Any:
        """The browser node with all frames, None when there were none."""
        return self.browser

    def remove(self) -> None:
        """Take all nodes out of the scene, which is then as it was before."""
        if self._folder is not None:
            self._folder.remove()
        for node in (self.browser, self.proxy, self.sequence):
            if node is not None and node.GetScene() is not None:
                remove_node(self.scene, node)
        self._clear()

    def _clear(self) -> None:
        self.sequence: Any = None
        self.browser: Any = None
        self._folder: CaseFolder | None = None
        self._times = TimeIndex(self.folder.frame_rate)

    def _add_sequence(self) -> None:
        self.sequence = self.scene.AddNewNodeByClass("vtkMRMLSequenceNode", f"{self.name} frame sequence")
        self.sequence.SetAttribute(KIND, FRAME)
        self.sequence.SetAttribute(PREFIX + "Source", self.folder.source)
        self._times.describe(self.sequence)

    def _add_browser(self) -> None:
        # Proxy nodes take their content from the first frame, so the browser comes after it.
        self.browser = self.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{self.name} frames browser")
        self.browser.SetAttribute(KIND, FRAMES_BROWSER)
        if self.folder.frame_rate:
            self.browser.SetPlaybackRateFps(max(1.0, self.folder.frame_rate / self.folder.request.every))
        # A sequence whose storage node is not in the scene reads back broken.
        self.sequence.AddDefaultStorageNode()
        self.browser.AddSynchronizedSequenceNode(self.sequence)
        self.browser.SetOverwriteProxyName(self.sequence, False)
        self.proxy.SetName(f"{self.name} frame")
        self.browser.SetSelectedItemNumber(0)
        show_window(self.proxy, 255.0, 127.5)
        self._folder = CaseFolder(self.scene, self.name, self._names)
        for node in (self.proxy, self.sequence, self.browser):
            self._folder.add(node)


def _placement(width: int, height: int) -> FramePlacement:
    return FramePlacement((1.0, 1.0, 1.0), ((width - 1) / 2, (height - 1) / 2, 0.0), RAS_FROM_CAMERA)
