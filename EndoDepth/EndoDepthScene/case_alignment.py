"""A case moved into CT space as a whole: one transform above its frame, surfaces and endoscope camera."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import vtk

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.hierarchy import CaseFolder, remove_node
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import PREFIX

ALIGNMENT_REFERENCE = PREFIX + "alignment"
_POSES = PREFIX + "AlignmentPoses"
"""Attribute of the transform node: the poses so far, the one that holds last, as JSON."""

_M4 = np.eye(4)
_M4[:3, :3] = RAS_FROM_CAMERA


class CaseAlignment:
    """The pose of a case in the CT, kept in the scene: a linear transform node that the case's browser refers to.

        alignment = CaseAlignment(view)
        alignment.place(ct_from_camera, {"method": "landmarks"})
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
    def is_aligned(self) -> bool:
        """Whether the case stands in CT space."""
        return self.node is not None

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
        poses = self._poses()
        return poses[-1]["frame"] if poses else None

    @property
    def found(self) -> dict[str, Any]:
        """What was said of the pose when it was set; empty while the case is not aligned."""
        poses = self._poses()
        return poses[-1]["found"] if poses else {}

    def place(self, ct_from_camera: np.ndarray, found: Mapping[str, Any], others: Sequence[Any] = ()) -> None:
        """Move the case to this pose, (4, 4) LPS similarity; `others` (landmarks on the surface) go with it.

        found: JSON values that tell what the pose comes from and what it is worth; they are kept with it.
        """
        if self.node is None:
            self._make()
        pose = {"matrix": ct_from_camera.tolist(), "frame": self._view.frame_index, "found": dict(found)}
        self._keep([*self._poses(), pose])
        self.hold(others)
        self._set(ct_from_camera)

    def undo(self) -> None:
        """Go back to the pose before the last one. Does nothing when the case is not aligned."""
        poses = self._poses()[:-1]
        if poses:
            self._keep(poses)
            self._set(np.array(poses[-1]["matrix"]))
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

    def _make(self) -> None:
        view = self._view
        node = view.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", f"{view.name} in CT")
        view.browser.SetNodeReferenceID(ALIGNMENT_REFERENCE, node.GetID())
        # Still the identity: a camera node adds up changes of its transform and misses one that was there before it.
        self.hold([each for each in view.nodes if each.IsA("vtkMRMLTransformableNode")])

    def _held(self) -> list[Any]:
        scene, node = self._view.scene, self.node
        held = []
        for number in range(scene.GetNumberOfNodesByClass("vtkMRMLTransformableNode")):
            each = scene.GetNthNodeByClass(number, "vtkMRMLTransformableNode")
            if each.GetTransformNodeID() == node.GetID():
                held.append(each)
        return held

    def _poses(self) -> list[dict[str, Any]]:
        node = self.node
        return list(json.loads((node.GetAttribute(_POSES) if node is not None else None) or "[]"))

    def _keep(self, poses: list[dict[str, Any]]) -> None:
        self.node.SetAttribute(_POSES, json.dumps(poses))

    def _set(self, ct_from_camera: np.ndarray) -> None:
        matrix = vtk.vtkMatrix4x4()
        matrix.DeepCopy((_M4 @ ct_from_camera @ _M4).ravel().tolist())
        self.node.SetMatrixTransformToParent(matrix)


def _array(matrix: Any) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
