"""A case that is in a scene, found again by what its nodes say about themselves: after a job, or in a scene read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import vtk

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera, Scale
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.kinds import (
    BROWSER,
    CAMERA,
    CAMERA_REFERENCE,
    CHOSEN_SURFACE,
    CHOSEN_SURFACE_REFERENCE,
    DEPTH,
    KIND,
    SEQUENCE_KINDS,
    STRUCTURES,
    nodes_of_kind,
)
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.scales import FrameScale, item_scale
from EndoDepthScene.segmentations import ShownSegment, segments_of

_BROWSER_CLASS = "vtkMRMLSequenceBrowserNode"


@dataclass(frozen=True)
class CaseView:
    """The nodes of one case in a scene. Holds nothing but the browser node: what it answers is always the scene's.

    view = CaseView.find(browser)          # or CaseView.all(scene), CaseView.of_node(depth_volume)
    view.select(3)
    view.proxy("Depth"), view.scale, view.segments
    """

    browser: Any

    @classmethod
    def find(cls, browser: Any) -> CaseView:
        """The case of a sequence browser node. Raises InputError for a browser that is none of ours."""
        if browser is None or browser.GetAttribute(KIND) != BROWSER:
            name = "no node" if browser is None else f"'{browser.GetName()}'"
            raise InputError(
                f"sequence browser is {name}; expected one that EndoDepth made: reconstruct a video, or open its scene"
            )
        view = cls(browser)
        if DEPTH not in view.sequences:
            raise InputError(f"the case of '{browser.GetName()}' has lost its depth sequence; build it again")
        return view

    @classmethod
    def all(cls, scene: Any) -> list[CaseView]:
        """All whole cases of a scene, in its order; a browser whose depth was removed is left out."""
        views = [cls(node) for node in nodes_of_kind(scene, _BROWSER_CLASS, BROWSER)]
        return [view for view in views if DEPTH in view.sequences]

    @classmethod
    def of_node(cls, node: Any) -> CaseView | None:
        """The case that a node belongs to (a shown node, a sequence, its camera or chosen surface), None for others."""
        for view in cls.all(node.GetScene()) if node is not None and node.GetScene() is not None else []:
            if any(other is node for other in view.nodes):
                return view
        return None

    @property
    def scene(self) -> Any:
        """The MRML scene that the case is in."""
        return self.browser.GetScene()

    @property
    def name(self) -> str:
        """What the case is called."""
        return str(self.browser.GetName()).removesuffix(" browser")

    @property
    def nodes(self) -> list[Any]:
        """All nodes of the case that a user can see: shown nodes, chosen surface, camera, sequences, browser."""
        shown = [self.proxy(kind) for kind in self.kinds]
        others = (self.chosen_surface, self.camera_node, *self.sequences.values(), self.browser)
        return [node for node in (*shown, *others) if node is not None]

    @property
    def sequences(self) -> dict[str, Any]:
        """The vtkMRMLSequenceNode of every kind that the case has."""
        found = {}
        collected = vtk.vtkCollection()
        self.browser.GetSynchronizedSequenceNodes(collected, True)
        for number in range(collected.GetNumberOfItems()):
            sequence = collected.GetItemAsObject(number)
            kind = sequence.GetAttribute(KIND)
            if kind in SEQUENCE_KINDS:
                found[kind] = sequence
        return {kind: found[kind] for kind in SEQUENCE_KINDS if kind in found}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the case has a sequence of."""
        return tuple(self.sequences)

    def proxy(self, kind: str) -> Any:
        """The node that shows the selected frame of a kind, or None when the case has no such sequence."""
        sequence = self.sequences.get(kind)
        return None if sequence is None else self.browser.GetProxyNode(sequence)

    def item(self, kind: str, position: int | None = None) -> Any:
        """The stored node of a kind at a position (default: the selected one), or None when the case has none such."""
        sequence = self.sequences.get(kind)
        chosen = self.position if position is None else position
        if sequence is None or not 0 <= chosen < sequence.GetNumberOfDataNodes():
            return None
        return sequence.GetNthDataNode(chosen)

    def __len__(self) -> int:
        return int(self.sequences[DEPTH].GetNumberOfDataNodes())

    @property
    def position(self) -> int:
        """The selected position among the kept frames, 0 .. n - 1."""
        return int(self.browser.GetSelectedItemNumber())

    def select(self, position: int) -> None:
        """Show the frame at a position. Raises InputError for one that is not there."""
        if not 0 <= position < len(self):
            raise InputError(f"frame position is {position}; '{self.name}' holds {len(self)} frames, counted from 0")
        self.browser.SetSelectedItemNumber(position)

    def refresh(self) -> None:
        """Bring the shown nodes up to their stored items, after these were changed."""
        self.browser.Modified()

    @property
    def frame_index(self) -> int:
        """The number of the selected frame in the source video."""
        item = self.item(DEPTH)
        return int(item.GetAttribute(PREFIX + "FrameIndex") or self.position) if item is not None else self.position

    @property
    def camera_node(self) -> Any:
        """The vtkMRMLCameraNode at the endoscope, or None when it was removed."""
        return self._companion(CAMERA_REFERENCE, "vtkMRMLCameraNode", CAMERA)

    @property
    def camera(self) -> Camera:
        """The endoscope's camera. Raises InputError when its node was removed."""
        node = self.camera_node
        camera = None if node is None else camera_of(node)
        if camera is None:
            raise InputError(f"'{self.name}' has lost its endoscope camera node; build the case again")
        return camera

    @property
    def chosen_surface(self) -> Any:
        """The model of one frame's surface, or None when the case has none (yet)."""
        return self._companion(CHOSEN_SURFACE_REFERENCE, "vtkMRMLModelNode", CHOSEN_SURFACE)

    @property
    def frame_scale(self) -> FrameScale:
        """Scale, unit and scale source of the selected frame."""
        return self.frame_scale_at(self.position)

    def frame_scale_at(self, position: int) -> FrameScale:
        """Scale, unit and scale source of the frame at a position. Raises InputError for one that is not there."""
        item = self.item(DEPTH, position)
        if item is None:
            raise InputError(f"frame position is {position}; '{self.name}' holds {len(self)} frames, counted from 0")
        return item_scale(item, self.browser)

    @property
    def scale(self) -> Scale:
        """What one unit of length is in the selected frame."""
        return self.frame_scale.scale

    @property
    def segments(self) -> list[ShownSegment]:
        """The structures that were asked for, in their order; empty when none were."""
        item = self.item(STRUCTURES, 0)
        return [] if item is None else segments_of(item)

    @property
    def prompts(self) -> list[str]:
        """The structures' names as the user asked for them."""
        return [segment.name for segment in self.segments]

    @property
    def provenance(self) -> dict[str, str]:
        """Source, range, camera source, scale, weights and settings of the job, by name without prefix."""
        names = [name for name in self.browser.GetAttributeNames() if name.startswith(PREFIX) and name != KIND]
        return {name.removeprefix(PREFIX): self.browser.GetAttribute(name) for name in sorted(names)}

    def _companion(self, role: str, class_name: str, kind: str) -> Any:
        node = self.browser.GetNodeReference(role)
        if node is not None or self.browser.GetNodeReferenceID(role):
            return node
        # Scenes of the first version name no companions; with one case in the scene there is no doubt.
        if len(list(nodes_of_kind(self.scene, _BROWSER_CLASS, BROWSER))) > 1:
            return None
        return next(nodes_of_kind(self.scene, class_name, kind), None)
