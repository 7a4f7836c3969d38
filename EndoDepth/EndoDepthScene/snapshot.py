"""What a scene was before a job, so that a cancelled job leaves it so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import slicer
import vtk

from EndoDepthScene.hierarchy import CaseFolder, remove_node
from EndoDepthScene.provenance import PREFIX

_SELECTION = "vtkMRMLSelectionNode"
_BROWSER = "vtkMRMLSequenceBrowserNode"
_COMPOSITE, _SLICE = "vtkMRMLSliceCompositeNode", "vtkMRMLSliceNode"


@dataclass(frozen=True)
class SceneSnapshot:
    """What was selected in a scene and what its slice views showed, and from then on what one job adds to it.

        snapshot = SceneSnapshot.take(scene)
        with snapshot.recording():            # around each step of the job
            ...
        snapshot.restore()

    Going back takes out the nodes and folders that the recorded steps added; what the user or another job did meanwhile
    stays. Slice views and selections go back only where they show what is taken out. The layout is not touched.
    """

    scene: Any
    kept: tuple[tuple[str, Any], ...]
    added: list[Any] = field(default_factory=list)
    folders: set[int] = field(default_factory=set)

    @classmethod
    def take(cls, scene: Any) -> SceneSnapshot:
        """Remember the scene as it is."""
        kept = tuple(
            (node.GetID(), _copy_of(node)) for name in (_SELECTION, _COMPOSITE, _SLICE) for node in _nodes(scene, name)
        )
        return cls(scene, kept)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """What is added to the scene inside the block is the job's."""

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def on_added(_scene: Any, _event: str, node: Any) -> None:
            self.added.append(node)

        items = set(CaseFolder.items_of(self.scene))
        tag = self.scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, on_added)
        try:
            yield
        finally:
            self.scene.RemoveObserver(tag)
            self.folders.update(set(CaseFolder.items_of(self.scene)) - items)

    def restore(self) -> None:
        """Put the scene back; a second time does nothing."""
        added = self._nodes_of_job()
        if not added:
            self._remove_folders()
            return
        going = {node.GetID() for node in added}
        stale = [(node_id, copy) for node_id, copy in self.kept if self._shows(node_id, copy, going)]
        # The browser goes first: while it lives, a shown node that is taken away comes back as a new one.
        for node in sorted(added, key=lambda node: not node.IsA(_BROWSER)):
            if node.GetScene() is self.scene:  # else it went with the node that it belongs to
                CaseFolder.take_out(node)
                remove_node(self.scene, node)
        self._remove_folders()
        for node_id, copy in stale:
            node = self.scene.GetNodeByID(node_id)
            if node is not None:
                _copy(copy, node)

    def _nodes_of_job(self) -> list[Any]:
        found = {node.GetID(): node for node in self.added if node.GetScene() is self.scene and _is_ours(node)}
        # A shown node that the user took away came back as a new one, outside of the job's steps.
        for browser in [node for node in found.values() if node.IsA(_BROWSER)]:
            shown = vtk.vtkCollection()
            browser.GetAllProxyNodes(shown)
            for number in range(shown.GetNumberOfItems()):
                node = shown.GetItemAsObject(number)
                found[node.GetID()] = node
        return list(found.values())

    def _shows(self, node_id: str, copy: Any, going: set[str]) -> bool:
        """Whether a selection or slice view shows a node that is going, now or through its composite node."""
        node = self.scene.GetNodeByID(node_id)
        if node is None:
            return False
        if node.IsA(_SLICE):
            return any(
                composite.GetLayoutName() == node.GetLayoutName() and _references(composite) & going
                for composite in _nodes(self.scene, _COMPOSITE)
            )
        return bool(_references(node) & going)

    def _remove_folders(self) -> None:
        CaseFolder.remove_empty(self.scene, self.folders)


def _nodes(scene: Any, class_name: str) -> Iterator[Any]:
    collection = scene.GetNodesByClass(class_name)
    collection.UnRegister(None)
    for number in range(collection.GetNumberOfItems()):
        yield collection.GetItemAsObject(number)


def _is_ours(node: Any) -> bool:
    return any(name.startswith(PREFIX) for name in node.GetAttributeNames() or ())


def _references(node: Any) -> set[str]:
    roles = [node.GetNthNodeReferenceRole(number) for number in range(node.GetNumberOfNodeReferenceRoles())]
    return {
        node.GetNthNodeReferenceID(role, number)
        for role in roles
        for number in range(node.GetNumberOfNodeReferences(role))
    } - {None}


def _copy_of(node: Any) -> Any:
    copy = node.CreateNodeInstance()
    copy.UnRegister(None)
    _copy(node, copy)
    return copy


def _copy(source: Any, target: Any) -> None:
    if not target.HasCopyContent():
        target.Copy(source)
        return
    target.CopyContent(source)
    target.CopyReferences(source)
