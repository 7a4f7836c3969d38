"""What a scene was before a job, so that a cancelled job leaves it so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from EndoDepthScene.hierarchy import CaseFolder, remove_node
from EndoDepthScene.provenance import PREFIX

_SELECTION = "vtkMRMLSelectionNode"
_COMPOSITE, _SLICE = "vtkMRMLSliceCompositeNode", "vtkMRMLSliceNode"


@dataclass(frozen=True)
class SceneSnapshot:
    """Which nodes a scene had, what was selected, and what its slice views showed.

        snapshot = SceneSnapshot.take(scene)
        ...                                   # a job adds nodes and shows them
        snapshot.restore()

    Going back takes out the nodes that this program added, whatever else the user did meanwhile stays. Slice views and
    selections go back only where they show what is taken out. The layout is not touched.
    """

    scene: Any
    node_ids: frozenset[str]
    items: frozenset[int]
    kept: tuple[tuple[str, Any], ...]

    @classmethod
    def take(cls, scene: Any) -> SceneSnapshot:
        """Remember the scene as it is."""
        ids = frozenset(node.GetID() for node in _nodes(scene))
        kept = tuple(
            (node.GetID(), _copy_of(node)) for name in (_SELECTION, _COMPOSITE, _SLICE) for node in _nodes(scene, name)
        )
        return cls(scene, ids, frozenset(CaseFolder.items_of(scene)), kept)

    def restore(self) -> None:
        """Put the scene back; a second time does nothing."""
        added = [node for node in _nodes(self.scene) if node.GetID() not in self.node_ids and _is_ours(node)]
        if not added:
            self._remove_folders()
            return
        going = {node.GetID() for node in added}
        stale = [(node_id, copy) for node_id, copy in self.kept if self._shows(node_id, copy, going)]
        # The browser goes first: while it lives, a shown node that is taken away comes back as a new one.
        for node in sorted(added, key=lambda node: not node.IsA("vtkMRMLSequenceBrowserNode")):
            CaseFolder.take_out(node)
            remove_node(self.scene, node)
        self._remove_folders()
        for node_id, copy in stale:
            node = self.scene.GetNodeByID(node_id)
            if node is not None:
                _copy(copy, node)

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
        CaseFolder.remove_empty(self.scene, set(CaseFolder.items_of(self.scene)) - self.items)


def _nodes(scene: Any, class_name: str = "vtkMRMLNode") -> Iterator[Any]:
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
