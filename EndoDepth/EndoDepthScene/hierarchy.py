"""The folder of a case in the subject hierarchy, and taking nodes out of a scene again."""

from __future__ import annotations

from typing import Any

import slicer


class CaseFolder:
    """A folder of the subject hierarchy; in a scene without hierarchy it does nothing."""

    def __init__(self, scene: Any, name: str) -> None:
        self._hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        self._item = 0
        if self._hierarchy is not None:
            self._item = self._hierarchy.CreateFolderItem(self._hierarchy.GetSceneItemID(), name)

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
        """Remove the folder and the items in it; the nodes stay."""
        if self._hierarchy is not None and self._item:
            self._hierarchy.RemoveItem(self._item, False, True)
            self._item = 0


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
