"""The nodes of one case, built one frame at a time in any scene: Slicer's (from a timer) or a session's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import vtk

from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import DepthMap, Scale
from EndoDepthScene.cameras import add_camera, place_camera
from EndoDepthScene.display import show_case
from EndoDepthScene.frame_nodes import frame_nodes, kinds_of, title
from EndoDepthScene.hierarchy import CaseFolder, PatientStudy, remove_node
from EndoDepthScene.kinds import (
    BROWSER,
    CAMERA,
    CAMERA_REFERENCE,
    CHOSEN_SURFACE,
    CHOSEN_SURFACE_REFERENCE,
    CONFIDENCE,
    DEPTH,
    KIND,
    SURFACE,
)
from EndoDepthScene.models import STRUCTURE_COLOR, TISSUE_COLOR, show_colors
from EndoDepthScene.placement import FramePlacement, frame_placement
from EndoDepthScene.provenance import PREFIX, set_provenance, unit_of, with_unit
from EndoDepthScene.time_index import TimeIndex
from EndoDepthScene.volumes import INVALID_DEPTH

_RANGE_MARGIN = 0.2


class CaseScene:
    """Sequences of frames, depth, confidence, structures and surfaces under one browser, a camera, a chosen surface.

        case = CaseScene(scene, results)
        for position in range(len(results)):   # or add_frame_steps, one step a timer tick, while the job still runs
            case.add_frame(position)
        case.finish()

    `remove()` takes every node out again. The scene must know the module logics (Slicer's does; MrmlSession's too).
    """

    def __init__(
        self, scene: Any, results: ResultsFolder, name: str | None = None, names: PatientStudy | None = None
    ) -> None:
        """`name` of the case: by default that of the source. `names`: the patient and study it stands under."""
        self.scene = scene
        self.results = results
        self.name = name or Path(results.request.input.source).stem or "Endoscopy"
        self._names = names
        self.kinds = kinds_of(results.request)
        self._clear()

    def __len__(self) -> int:
        return len(self._confidences)

    @property
    def nodes(self) -> list[Any]:
        """All nodes of the case that a user can see, without their display and storage nodes."""
        shown = [self.proxy(kind) for kind in self.kinds] if self.browser is not None else []
        others = (self.chosen_surface, self.camera, *self.sequences.values(), self.browser)
        return [*shown, *(node for node in others if node is not None)]

    def proxy(self, kind: str) -> Any:
        """The node that shows the selected frame of a sequence."""
        return self.browser.GetProxyNode(self.sequences[kind])

    def add_frame(self, position: int) -> None:
        """Append the results at this position, which must be the next one. Raises InputError for damaged results."""
        for _ in self.add_frame_steps(position):
            pass

    def add_frame_steps(self, position: int) -> Iterator[None]:
        """`add_frame` in steps that are short for large frames too: take one a timer tick.

        The frame counts once the last step is done; before the first that changes the scene, all files were read.
        """
        if position != len(self):
            raise ValueError(f"frame position is {position}; expected {len(self)}: frames come in order")
        depth = self.results.depth(position)
        if self._placement is None:
            self._place(depth)
        assert self._placement is not None
        nodes = {}
        for kind, node in frame_nodes(self.results, position, depth, self._placement, self.name):
            nodes[kind] = node
            yield
        if not self.sequences:
            self._add_sequences()
            self._add_camera()
        value = self._times.value(self.results.manifest.frames[position])
        # The browser counts the frames of the first sequence: it comes last, so that no incomplete frame is played.
        for kind in reversed(self.kinds):
            self.sequences[kind].SetDataNodeAtValue(nodes[kind], value)
            yield
        if self.browser is None:
            yield from self._add_browser_steps()
        self._confidences.append(float(np.where(depth.valid, depth.confidence, 0).mean()))

    def finish(self, chosen_position: int | None = None) -> None:
        """Add the surface of the chosen frame as a model of its own: the most confident frame unless one is named."""
        for _ in self.finish_steps(chosen_position):
            pass

    def finish_steps(self, chosen_position: int | None = None) -> Iterator[None]:
        """`finish` in steps that are short for large frames too: take one a timer tick."""
        if self.browser is None:
            return
        for node in (*self.sequences.values(), self.browser):
            set_provenance(node, self.results)
            yield
        if self.results.request.has_surfaces:
            chosen = int(np.argmax(self._confidences)) if chosen_position is None else chosen_position
            self._add_chosen_surface(chosen)

    def remove(self) -> None:
        """Take all nodes of the case out of the scene, which is then as it was before."""
        if self._folder is not None:
            self._folder.remove()
        nodes = self.nodes
        # The browser goes first: while it lives, a shown node that is taken away comes back as a new one.
        for node in sorted(nodes, key=lambda node: node is not self.browser):
            remove_node(self.scene, node)
        self._clear()

    def _clear(self) -> None:
        self.sequences: dict[str, Any] = {}
        self.browser: Any = None
        self.camera: Any = None
        self.chosen_surface: Any = None
        self._folder: CaseFolder | None = None
        self._placement: FramePlacement | None = None
        self._plane_depth = self.results.request.nominal_median_depth
        self._depth_range = (0.0, 2 * self._plane_depth)
        self._times = TimeIndex(self.results.request.input.frame_rate)
        self._confidences: list[float] = []

    def _place(self, depth: DepthMap) -> None:
        # All frames of a case share one plane, so that a view fitted to one of them shows the others too.
        if depth.scale is Scale.METRIC_MM and depth.valid.any():
            self._plane_depth = float(np.median(depth.depth[depth.valid]))
        if depth.valid.any():
            # The other frames are nearer or farther in parts: some room on both sides, the same for all of them.
            near, far = (float(value) for value in np.percentile(depth.depth[depth.valid], (2, 98)))
            self._depth_range = (near * (1 - _RANGE_MARGIN), far * (1 + _RANGE_MARGIN))
        self._placement = frame_placement(self.results.camera, self._plane_depth)

    def _add_sequences(self) -> None:
        self._folder = CaseFolder(self.scene, self.name, self._names)
        unit = unit_of(self.results.request.scale)
        for kind in self.kinds:
            name = f"{title(self.name, kind, self.results.request)} sequence"
            node = self.scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
            self._times.describe(node)
            node.SetAttribute(KIND, kind)
            if kind in (DEPTH, SURFACE):
                node.SetAttribute(PREFIX + "Units", unit)
            self.sequences[kind] = node
        self.sequences[DEPTH].SetAttribute(PREFIX + "InvalidValue", str(INVALID_DEPTH))
        self.sequences[CONFIDENCE].SetAttribute(PREFIX + "Units", "percent")

    def _add_camera(self) -> None:
        request = self.results.request
        self.camera = add_camera(self.scene, f"{self.name} endoscope camera")
        self.camera.SetAttribute(KIND, CAMERA)
        self.camera.SetAttribute(PREFIX + "Units", unit_of(request.scale))
        place_camera(self.camera, request.camera, self._plane_depth, request.camera_source)

    def _add_browser_steps(self) -> Iterator[None]:
        # Proxy nodes take their content from the first frame, so the browser comes after it.
        self.browser = self.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{self.name} browser")
        self.browser.SetAttribute(KIND, BROWSER)
        self.browser.SetNodeReferenceID(CAMERA_REFERENCE, self.camera.GetID())
        set_provenance(self.browser, self.results)
        source = self.results.request.input
        if source.frame_rate:
            self.browser.SetPlaybackRateFps(max(1.0, source.frame_rate / source.every))
        for kind, sequence in self.sequences.items():
            # A sequence whose storage node is not in the scene reads back broken.
            sequence.AddDefaultStorageNode()
            self.browser.AddSynchronizedSequenceNode(sequence)
            self.browser.SetOverwriteProxyName(sequence, False)
            self.proxy(kind).SetName(title(self.name, kind, self.results.request))
            yield
        self.browser.SetSelectedItemNumber(0)
        yield
        show_case({kind: self.proxy(kind) for kind in self.kinds}, self._depth_range, self._surface_color)
        yield
        assert self._folder is not None
        for node in self.nodes:
            self._folder.add(node)

    def _add_chosen_surface(self, position: int) -> None:
        request = self.results.request
        index = self.results.manifest.frames[position].index
        node = self.scene.AddNewNodeByClass("vtkMRMLModelNode")
        node.SetName(with_unit(f"{self.name} surface of frame {index}", request.scale))
        # A copy: what is done to this model, a scale of its frame included, shall not be done to the stored one too.
        data = vtk.vtkPolyData()
        data.DeepCopy(self.sequences[SURFACE].GetNthDataNode(position).GetPolyData())
        node.SetAndObservePolyData(data)
        show_colors(node, self._surface_color)
        # The playing surface shows the same place: two surfaces in one place would flicker.
        node.GetDisplayNode().SetVisibility(False)
        node.SetAttribute(KIND, CHOSEN_SURFACE)
        node.SetAttribute(PREFIX + "FrameIndex", str(index))
        node.SetAttribute(PREFIX + "Units", unit_of(request.scale))
        set_provenance(node, self.results)
        self.browser.SetNodeReferenceID(CHOSEN_SURFACE_REFERENCE, node.GetID())
        self.chosen_surface = node
        if self._folder is not None:
            self._folder.add(node)

    @property
    def _surface_color(self) -> str:
        request = self.results.request
        return STRUCTURE_COLOR if request.segments and request.settings.get("tint") else TISSUE_COLOR
