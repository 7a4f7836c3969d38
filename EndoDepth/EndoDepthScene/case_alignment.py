"""A case moved into CT space as a whole: one transform above its frame, surfaces and endoscope camera."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import vtk

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.hierarchy import CaseFolder, remove_node
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import PREFIX

ALIGNMENT_REFERENCE = PREFIX + "alignment"
FRAME_OF_ALIGNMENT = PREFIX + "AlignedFrame"
_HISTORY = PREFIX + "AlignmentHistory"
_M4 = np.eye(4)
_M4[:3, :3] = RAS_FROM_CAMERA


class CaseAlignment:
    """The pose of a case in the CT, kept in the scene: a linear transform node that the case's browser refers to.

        alignment = CaseAlignment(view)
        alignment.place(ct_from_camera, {"Source": "landmarks"})
        alignment.undo()                    # the pose before; without one the case stands where it was made

    Camera space is the case's own: OpenCV axes, in the unit of its frame. A saved scene keeps pose and history.
    """

    def __init__(self, view: CaseView) -> None:
        self._view = view

    @property
    def node(self) -> Any:
        """The vtkMRMLLinearTransformNode, None while the case is not aligned."""
        return self._view.browser.GetNodeReference(ALIGNMENT_REFERENCE)

    @property
    def ct_from_camera(self) -> np.ndarray | None:
        """(4, 4) LPS millimetres of the CT from the case's camera space, None while the case is not aligned."""
        node = self.node
        if node is None:
            return None
        matrix = vtk.vtkMatrix4x4()
        node.GetMatrixTransformToParent(matrix)
        return _M4 @ _array(matrix) @ _M4

    @property
    def frame_index(self) -> int | None:
        """The frame that the pose was found with, None while the case is not aligned."""
        node = self.node
        return None if node is None else int(node.GetAttribute(FRAME_OF_ALIGNMENT) or 0)

    @property
    def can_undo(self) -> bool:
        """Whether there is a pose to go back to (the case's own place is one)."""
        return self.node is not None

    def place(self, ct_from_camera: np.ndarray, attributes: dict[str, str], others: Sequence[Any] = ()) -> None:
        """Move the case to this pose, (4, 4) LPS similarity; `others` (landmarks on the surface) go with it.

        attributes: what the pose comes from, written on the transform node without prefix.
        """
        node, before = self.node, self.ct_from_camera
        if node is None:
            node = self._make()
        history = self._history()
        history.append([] if before is None else before.tolist())
        node.SetAttribute(_HISTORY, json.dumps(history))
        node.SetAttribute(FRAME_OF_ALIGNMENT, str(self._view.frame_index))
        for name, value in attributes.items():
            node.SetAttribute(PREFIX + name, value)
        self.hold(others)
        self._set(ct_from_camera)

    def undo(self) -> None:
        """Go back to the pose before the last one. Does nothing when the case is not aligned."""
        if self.node is None:
            return
        history = self._history()
        before = history.pop() if history else []
        if before:
            self.node.SetAttribute(_HISTORY, json.dumps(history))
            self._set(np.array(before))
        else:
            self.remove()

    def remove(self) -> None:
        """Put the case back where it was made and take the transform out of the scene."""
        node = self.node
        if node is None:
            return
        self._set(np.eye(4))  # a camera node moves by what changes, so it must see the way back
        for other in self._held():
            other.SetAndObserveTransformNodeID(None)
        self._view.browser.SetNodeReferenceID(ALIGNMENT_REFERENCE, None)
        CaseFolder.take_out(node)
        remove_node(self._view.scene, node)

    def hold(self, others: Sequence[Any]) -> None:
        """Put nodes under the transform of an aligned case; their own coordinates are camera space then."""
        node = self.node
        for other in others if node is not None else ():
            other.SetAndObserveTransformNodeID(node.GetID())

    def _make(self) -> Any:
        view = self._view
        node = view.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", f"{view.name} in CT")
        view.browser.SetNodeReferenceID(ALIGNMENT_REFERENCE, node.GetID())
        # Still the identity: a camera node adds up changes of its transform and misses one that was there before it.
        self.hold([each for each in view.nodes if each.IsA("vtkMRMLTransformableNode")])
        return node

    def _held(self) -> list[Any]:
        scene, node = self._view.scene, self.node
        held = []
        for number in range(scene.GetNumberOfNodesByClass("vtkMRMLTransformableNode")):
            each = scene.GetNthNodeByClass(number, "vtkMRMLTransformableNode")
            if each.GetTransformNodeID() == node.GetID():
                held.append(each)
        return held

    def _history(self) -> list[list[list[float]]]:
        node = self.node
        return list(json.loads((node.GetAttribute(_HISTORY) if node is not None else None) or "[]"))

    def _set(self, ct_from_camera: np.ndarray) -> None:
        matrix = vtk.vtkMatrix4x4()
        matrix.DeepCopy((_M4 @ ct_from_camera @ _M4).ravel().tolist())
        self.node.SetMatrixTransformToParent(matrix)


def _array(matrix: Any) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
