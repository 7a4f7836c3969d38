"""The folder of a case in the subject hierarchy, and taking nodes out of a scene again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import slicer
import vtk

_UID_NAME = "DICOM"


@dataclass(frozen=True)
class PatientStudy:
    """The names under which a case stands in the hierarchy: the patient and study that its video was recorded in.

    Identifiers tell whether two cases are of one patient and of one study; "" where the source has none.
    """

    patient: str
    study: str
    patient_id: str = ""
    study_uid: str = ""


class CaseFolder:
    """A folder of the subject hierarchy; in a scene without hierarchy it does nothing.

    With names it stands in the study of the patient, which are made unless the scene has them already.
    """

    def __init__(self, scene: Any, name: str, names: PatientStudy | None = None) -> None:
        self._scene = scene
        self._hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        self._item = 0
        self._made: list[int] = []
        if self._hierarchy is not None:
            parent = self._hierarchy.GetSceneItemID() if names is None else self._study(names)
            self._item = self._hierarchy.CreateFolderItem(parent, name)

    def add(self, node: Any) -> None:
        """Put a node into the folder."""
        if self._hierarchy is None:
            return
        # Slicer makes an item for every node by itself, slicer-core does not.
        item = self._hierarchy.GetItemByDataNode(node)
        if item:
            self._hierarchy.SetItemParent(item, self._item)
        else:
            self._hierarchy.CreateItem(self._item, node)

    def remove(self) -> None:
        """Remove the folder and the items in it, and patient and study that were made for it; the nodes stay."""
        if self._hierarchy is not None and self._item:
            self._hierarchy.RemoveItem(self._item, False, True)
            self.remove_empty(self._scene, set(self._made))
            self._item, self._made = 0, []

    @staticmethod
    def take_out(node: Any) -> None:
        """Remove the item of a node that is about to leave: Slicer does so by itself, slicer-core does not."""
        hierarchy = node.GetScene().GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        item = 0 if hierarchy is None else hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.RemoveItem(item, False, False)

    @staticmethod
    def items_of(scene: Any) -> list[int]:
        """All items of a scene's hierarchy; empty in a scene without one."""
        hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        if hierarchy is None:
            return []
        found = vtk.vtkIdList()
        hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), found, True)
        return [found.GetId(number) for number in range(found.GetNumberOfIds())]

    @classmethod
    def remove_empty(cls, scene: Any, items: set[int]) -> None:
        """Remove those of these folders, studies and patients that hold nothing any more."""
        hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        # Children have larger numbers than the parents that were made for them.
        for item in sorted(items & set(cls.items_of(scene)), reverse=True):
            if hierarchy.GetItemDataNode(item) is None and not hierarchy.GetNumberOfItemChildren(item):
                hierarchy.RemoveItem(item)

    def _study(self, names: PatientStudy) -> int:
        root = self._hierarchy.GetSceneItemID()
        patient = self._item_of(names.patient_id, lambda: self._hierarchy.CreateSubjectItem(root, names.patient))
        return self._item_of(names.study_uid, lambda: self._hierarchy.CreateStudyItem(patient, names.study))

    def _item_of(self, uid: str, make: Any) -> int:
        item = self._hierarchy.GetItemByUID(_UID_NAME, uid) if uid else 0
        if not item:
            item = make()
            self._made.append(item)
            if uid:
                self._hierarchy.SetItemUID(item, _UID_NAME, uid)
        return int(item)


def remove_node(scene: Any, node: Any) -> None:
    """Remove a node and the display and storage nodes that are its own."""
    own = []
    if node.IsA("vtkMRMLDisplayableNode"):
        own += [node.GetNthDisplayNode(number) for number in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        own += [node.GetNthStorageNode(number) for number in range(node.GetNumberOfStorageNodes())]
    scene.RemoveNode(node)
    for companion in own:
        if companion is not None:
            scene.RemoveNode(companion)
