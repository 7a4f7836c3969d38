"""Taking a whole case out of a scene, also one that was read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import slicer

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.hierarchy import CaseFolder, remove_node
from EndoDepthScene.kinds import BROWSER, KIND


def remove_case(view: CaseView) -> None:
    """Remove all nodes of a case and the folders of the hierarchy that held nothing else; `view` is of no use then."""
    scene, nodes = view.scene, view.nodes
    hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    items = [hierarchy.GetItemByDataNode(node) for node in nodes] if hierarchy is not None else []
    folders = {folder for item in items for folder in _folders_above(hierarchy, item)}
    scene.StartState(slicer.vtkMRMLScene.BatchProcessState)
    try:
        # The browser goes first: while it lives, a shown node that is taken away comes back as a new one.
        for node in sorted(nodes, key=lambda node: node.GetAttribute(KIND) != BROWSER):
            remove_node(scene, node)
        for item in items:
            if item:
                hierarchy.RemoveItem(item, False, False)
        CaseFolder.remove_empty(scene, folders)
    finally:
        scene.EndState(slicer.vtkMRMLScene.BatchProcessState)


def _folders_above(hierarchy: Any, item: int) -> Iterator[int]:
    """The items that an item lies in, without the root."""
    root = hierarchy.GetSceneItemID()
    while item:
        item = int(hierarchy.GetItemParent(item))
        if item in (0, root):
            return
        yield item
