"""The nodes of one case, built one frame at a time in any scene: Slicer's (from a timer) or a session's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer

from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Scale
from EndoDepthScene.cameras import place_camera
from EndoDepthScene.display import show_case
from EndoDepthScene.models import show_colors, surface_model
from EndoDepthScene.placement import FramePlacement, frame_placement
from EndoDepthScene.provenance import PREFIX, set_provenance, unit_of, with_unit
from EndoDepthScene.segmentations import segmentation
from EndoDepthScene.volumes import INVALID_DEPTH, confidence_volume, depth_volume, frame_volume

FRAME, DEPTH, CONFIDENCE, STRUCTURES, SURFACE = "Frame", "Depth", "Confidence", "Structures", "Surface"
KIND = PREFIX + "Kind"
"""Attribute naming what a sequence holds: one of the five words above (or "Browser", "Camera", "ChosenSurface")."""

_SMALLEST_TIME_STEP_S = 0.001


class CaseScene:
    """Sequences of frames, depth, confidence, structures and surfaces under one browser, a camera, a chosen surface.

        case = CaseScene(scene, results)
        for position in range(len(results)):   # or one position a timer tick, while the job still runs
            case.add_frame(position)
        case.finish()

    `remove()` takes every node out again. The scene must know the module logics (Slicer's does; MrmlSession's too).
    """

    def __init__(self, scene: Any, results: ResultsFolder, name: str | None = None) -> None:
        self.scene = scene
        self.results = results
        self.name = name or Path(results.request.input.source).stem or "Endoscopy"
        self.sequences: dict[str, Any] = {}
        self.browser: Any = None
        self.camera: Any = None
        self.chosen_surface: Any = None
        self._placement: FramePlacement | None = None
        self._plane_depth = results.request.nominal_median_depth
        self._last_time_s = -np.inf
        self._confidences: list[float] = []

    def __len__(self) -> int:
        return len(self._confidences)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the case has a sequence of."""
        request = self.results.request
        optional = ((STRUCTURES, bool(request.segments)), (SURFACE, request.has_surfaces))
        return (FRAME, DEPTH, CONFIDENCE, *(kind for kind, present in optional if present))

    def proxy(self, kind: str) -> Any:
        """The node that shows the selected frame of a sequence."""
        return self.browser.GetProxyNode(self.sequences[kind])

    def add_frame(self, position: int) -> None:
        """Append the results at this position, which must be the next one. Raises InputError for damaged results."""
        if position != len(self):
            raise ValueError(f"frame position is {position}; expected {len(self)}: frames come in order")
        nodes = self._nodes_of(position)
        if not self.sequences:
            self._begin()
        value = self._index_value(position)
        for kind, node in nodes.items():
            node.SetName(self._title(kind))
            node.SetAttribute(PREFIX + "FrameIndex", str(self.results.manifest.frames[position].index))
            self.sequences[kind].SetDataNodeAtValue(node, value)
        if position == 0:
            self._browse()

    def finish(self, chosen_position: int | None = None) -> None:
        """Add the surface of the chosen frame as a model of its own: the most confident frame unless one is named."""
        if self.browser is None:
            return
        for node in (*self.sequences.values(), self.browser):
            set_provenance(node, self.results)
        if self.results.request.has_surfaces:
            chosen = int(np.argmax(self._confidences)) if chosen_position is None else chosen_position
            self._add_chosen_surface(chosen)
        self._group()

    def remove(self) -> None:
        """Take all nodes of the case out of the scene."""
        proxies = [self.browser.GetProxyNode(s) for s in self.sequences.values()] if self.browser else []
        nodes = [self.chosen_surface, self.camera, *proxies, self.browser, *self.sequences.values()]
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.scene)
        folder = hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), self.name) if hierarchy else 0
        for node in nodes:
            if node is not None:
                _remove_with_companions(self.scene, node)
        if folder:
            hierarchy.RemoveItem(folder)
        self.sequences, self.browser, self.camera, self.chosen_surface = {}, None, None, None
        self._confidences, self._placement, self._last_time_s = [], None, -np.inf

    def _nodes_of(self, position: int) -> dict[str, Any]:
        results, segments = self.results, self.results.request.segments
        depth, labels = results.depth(position), results.labels(position)
        surface = results.surface(position)
        if self._placement is None:
            if depth.scale is Scale.METRIC_MM and depth.valid.any():
                self._plane_depth = float(np.median(depth.depth[depth.valid]))
            self._placement = frame_placement(results.camera, self._plane_depth)
        nodes = {
            FRAME: frame_volume(results.frame(position), self._placement),
            DEPTH: depth_volume(depth, self._placement),
            CONFIDENCE: confidence_volume(depth, self._placement),
        }
        if labels is not None:
            nodes[STRUCTURES] = segmentation(labels, segments, self._placement)
        if surface is not None:
            nodes[SURFACE] = surface_model(surface, segments, depth)
        self._confidences.append(float(np.where(depth.valid, depth.confidence, 0).mean()))
        return nodes

    def _begin(self) -> None:
        for kind in self.kinds:
            node = self.scene.AddNewNodeByClass("vtkMRMLSequenceNode", f"{self._title(kind)} sequence")
            node.SetIndexName("time" if self._has_times else "frame")
            node.SetIndexUnit("s" if self._has_times else "")
            node.SetNumericIndexValueTolerance(_SMALLEST_TIME_STEP_S / 10)
            node.SetAttribute(KIND, kind)
            self.sequences[kind] = node
        scale = self.results.request.scale
        self.sequences[DEPTH].SetAttribute(PREFIX + "Units", unit_of(scale))
        self.sequences[DEPTH].SetAttribute(PREFIX + "InvalidValue", str(INVALID_DEPTH))
        self.sequences[CONFIDENCE].SetAttribute(PREFIX + "Units", "percent")
        if SURFACE in self.sequences:
            self.sequences[SURFACE].SetAttribute(PREFIX + "Units", unit_of(scale))
        self.camera = self.scene.AddNewNodeByClass("vtkMRMLCameraNode", f"{self.name} endoscope camera")
        self.camera.SetAttribute(KIND, "Camera")
        place_camera(self.camera, self.results.camera, self._plane_depth, self.results.request.camera_source)
        self.camera.SetAttribute(PREFIX + "Units", unit_of(scale))

    def _browse(self) -> None:
        # Proxy nodes take their content from the first frame, so the browser comes after it.
        self.browser = self.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{self.name} browser")
        self.browser.SetAttribute(KIND, "Browser")
        source = self.results.request.input
        if source.frame_rate:
            self.browser.SetPlaybackRateFps(max(1.0, source.frame_rate / source.every))
        for kind, sequence in self.sequences.items():
            self.browser.AddSynchronizedSequenceNode(sequence)
            self.browser.SetOverwriteProxyName(sequence, False)
            self.proxy(kind).SetName(self._title(kind))
            _store_as(sequence, kind.lower())
            _store_as(self.proxy(kind), f"{kind.lower()}-shown")
        self.browser.SetSelectedItemNumber(0)
        show_case({kind: self.proxy(kind) for kind in self.kinds}, self.results.request, self._plane_depth)

    def _add_chosen_surface(self, position: int) -> None:
        index = self.results.manifest.frames[position].index
        node = self.scene.AddNewNodeByClass("vtkMRMLModelNode")
        node.SetName(with_unit(f"{self.name} surface of frame {index}", self.results.request.scale))
        item = self.sequences[SURFACE].GetNthDataNode(position)
        node.SetAndObservePolyData(item.GetPolyData())
        show_colors(node)
        _store_as(node, "surface-chosen")
        # The playing surface shows the same place: two surfaces in one place would flicker.
        node.GetDisplayNode().SetVisibility(False)
        node.SetAttribute(KIND, "ChosenSurface")
        node.SetAttribute(PREFIX + "FrameIndex", str(index))
        node.SetAttribute(PREFIX + "Units", unit_of(self.results.request.scale))
        set_provenance(node, self.results)
        self.chosen_surface = node

    def _group(self) -> None:
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self.scene)
        if hierarchy is None:
            return
        folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), self.name)
        proxies = [self.proxy(kind) for kind in self.kinds]
        for node in (*proxies, self.chosen_surface, self.camera, *self.sequences.values(), self.browser):
            if node is None:
                continue
            item = hierarchy.GetItemByDataNode(node)
            if item:
                hierarchy.SetItemParent(item, folder)
            else:
                hierarchy.CreateItem(folder, node)

    def _title(self, kind: str) -> str:
        title = f"{self.name} {kind.lower()}"
        if kind in (DEPTH, SURFACE):
            return with_unit(title, self.results.request.scale)
        return f"{title} (percent)" if kind == CONFIDENCE else title

    @property
    def _has_times(self) -> bool:
        return self.results.request.input.frame_rate is not None

    def _index_value(self, position: int) -> str:
        frame = self.results.manifest.frames[position]
        if not self._has_times:
            return str(frame.index)
        # Equal index values would overwrite each other; damaged files can repeat a time.
        time_s = max(frame.time_s, self._last_time_s + _SMALLEST_TIME_STEP_S)
        self._last_time_s = time_s
        return f"{time_s:.6f}"


def _remove_with_companions(scene: Any, node: Any) -> None:
    companions = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())] if _displayable(node) else []
    if node.IsA("vtkMRMLStorableNode"):
        companions += [node.GetNthStorageNode(n) for n in range(node.GetNumberOfStorageNodes())]
    scene.RemoveNode(node)
    for companion in companions:
        if companion is not None:
            scene.RemoveNode(companion)


def _store_as(node: Any, file_name: str) -> None:
    # Named by MRML the files of long node names would get a random ending. A sequence reads back broken when its
    # storage node is not in the scene, hence one for each.
    node.AddDefaultStorageNode()
    storage = node.GetStorageNode()
    storage.SetFileName(f"{file_name}.{storage.GetDefaultWriteFileExtension()}")


def _displayable(node: Any) -> bool:
    return bool(node.IsA("vtkMRMLDisplayableNode"))
