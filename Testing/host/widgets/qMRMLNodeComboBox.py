"""Shows the nodes of a scene and chooses one. Slicer: Libs/MRML/Widgets/qMRMLNodeComboBox.h.

It is disabled until it has a scene. Without `noneEnabled` the first node that fits is chosen as soon as there is one.
`addAttribute(class, name)` shows only nodes that have the attribute, with a third argument only those with that value.
"""

from __future__ import annotations

import weakref
from typing import Any

import slicer
import vtk
from PySide6.QtCore import Property, QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget
from shiboken6 import isValid

from host.dialogs import InputDialog

_SCENE_EVENTS = ("NodeAddedEvent", "NodeRemovedEvent", "EndBatchProcessEvent", "EndImportEvent", "EndCloseEvent")


def _flag(name: str) -> Property:
    return Property(bool, lambda self: self._kept[name], lambda self, value: self._set_flag(name, value))


class qMRMLNodeComboBox(QWidget):
    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._scene_tags: list[int] = []
        self._node_tags: dict[str, tuple[Any, int]] = {}
        self._types: list[str] = []
        self._attributes: list[tuple[str, str, str | None]] = []
        self._current_id = ""
        self._kept = {"noneEnabled": False, "addEnabled": True, "removeEnabled": True, "editEnabled": False}
        self._kept |= {"renameEnabled": False, "showHidden": False, "showChildNodeTypes": True}
        self._kept |= {"selectNodeUponCreation": True}
        self._none_display, self._base_name, self._hidden_types = "None", "", []
        self._combo_box = QComboBox(self)
        self._combo_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo_box)
        self.setFocusProxy(self._combo_box)
        self._combo_box.activated.connect(self._on_activated)
        forget = _Forget(self)
        self.destroyed.connect(lambda *_: forget())
        self.setEnabled(False)

    # the scene

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        self._let_go()
        self._scene = scene
        if scene is not None:
            me = weakref.ref(self)
            for name in _SCENE_EVENTS:
                event = getattr(slicer.vtkMRMLScene, name)
                self._scene_tags.append(scene.AddObserver(event, lambda *_: _update(me)))
        self.setEnabled(scene is not None)
        self._update()

    def nodes(self) -> list[Any]:
        """The nodes that fit, in the scene's order."""
        if self._scene is None:
            return []
        count = self._scene.GetNumberOfNodes()
        return [node for node in (self._scene.GetNthNode(place) for place in range(count)) if self._fits(node)]

    def nodeCount(self) -> int:
        return len(self.nodes())

    def nodeFromIndex(self, index: int) -> Any:
        found = self.nodes()
        return found[index] if 0 <= index < len(found) else None

    # the choice

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._current_id) if self._scene is not None and self._current_id else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def setCurrentNodeID(self, identity: str | None) -> None:
        node = self._scene.GetNodeByID(identity) if self._scene is not None and identity else None
        self._choose(node.GetID() if node is not None and self._fits(node) else "")
        self._show()

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index))

    def addNode(self, class_name: str | None = None) -> Any:
        """A new node of the first type (or this one), with the attributes that are asked for; it becomes current."""
        wanted = class_name or (self._types[0] if self._types else "")
        if self._scene is None or wanted not in self._types:
            return None
        node = self._scene.CreateNodeByClass(wanted)
        node.UnRegister(None)
        node.SetName(self._scene.GenerateUniqueName(self._base_name or node.GetNodeTagName()))
        for kind, name, value in self._attributes:
            if node.IsA(kind):
                node.SetAttribute(name, value or "")
        node = self._scene.AddNode(node)
        if self._kept["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        if self.currentNode() is not None:
            self._scene.RemoveNode(self.currentNode())

    def renameCurrentNode(self) -> None:
        node = self.currentNode()
        if node is not None:
            name, accepted = InputDialog.getText(self, f"Rename {node.GetName()}", "New name:", text=node.GetName())
            if accepted and name:
                node.SetName(name)

    def addAttribute(self, class_name: str, name: str, value: Any = None) -> None:
        self._attributes.append((class_name, name, None if value is None else str(value)))
        self._update()

    def removeAttribute(self, class_name: str, name: str) -> None:
        self._attributes = [each for each in self._attributes if each[:2] != (class_name, name)]
        self._update()

    # what is shown

    def _fits(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self._kept["showHidden"]:
            return False
        if any(node.IsA(hidden) for hidden in self._hidden_types):
            return False
        exact = not self._kept["showChildNodeTypes"]
        if not any(node.GetClassName() == kind if exact else node.IsA(kind) for kind in self._types):
            return False
        for kind, name, value in self._attributes:
            if node.IsA(kind) and (node.GetAttribute(name) is None or value not in (None, node.GetAttribute(name))):
                return False
        return True

    def _update(self) -> None:
        """After a change of the scene or of what fits: the choice stays while its node does."""
        if self._scene is not None and self._scene.IsBatchProcessing():
            return
        found = self.nodes()
        self._watch(found)
        if self._current_id not in [node.GetID() for node in found]:
            none = self._kept["noneEnabled"] or not found
            self._choose("" if none else found[0].GetID())
        self._show()

    def _watch(self, found: list[Any]) -> None:
        me = weakref.ref(self)
        wanted = {node.GetID(): node for node in found}
        for identity in [each for each in self._node_tags if each not in wanted]:
            node, tag = self._node_tags.pop(identity)
            node.RemoveObserver(tag)
        for identity, node in wanted.items():
            if identity not in self._node_tags:
                tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _show(me))
                self._node_tags[identity] = (node, tag)
                self.nodeAdded.emit(node)

    def _show(self) -> None:
        wanted = [(self._none_display, "")] if self._kept["noneEnabled"] else []
        wanted += [(node.GetName() or "", node.GetID()) for node in self.nodes()]
        if self._kept["addEnabled"]:
            wanted += [(f"Create new {self._base_name or self._tag(kind)}", f"+{kind}") for kind in self._types]
        if self.currentNode() is not None:
            wanted += [("Rename current node...", "!rename")] if self._kept["renameEnabled"] else []
            wanted += [("Delete current node", "!remove")] if self._kept["removeEnabled"] else []
        box = self._combo_box
        with QSignalBlocker(box):
            if wanted != [(box.itemText(place), box.itemData(place)) for place in range(box.count())]:
                box.clear()
                for text, data in wanted:
                    box.addItem(text, data)
            box.setPlaceholderText(self._none_display if not self._kept["noneEnabled"] else "")
            box.setCurrentIndex(box.findData(self._current_id))

    def _tag(self, class_name: str) -> str:
        return class_name.removeprefix("vtkMRML").removesuffix("Node")

    def _choose(self, identity: str) -> None:
        if identity != self._current_id:
            self._current_id = identity
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeIDChanged.emit(identity)

    def _on_activated(self, place: int) -> None:
        data = self._combo_box.itemData(place)
        self._show()
        if data == "!rename":
            self.renameCurrentNode()
        elif data == "!remove":
            self.removeCurrentNode()
        elif data.startswith("+"):
            self.addNode(data[1:])
        else:
            self._choose(data)
            self._show()
            self.nodeActivated.emit(self.currentNode())

    def _let_go(self) -> None:
        for tag in self._scene_tags:
            self._scene.RemoveObserver(tag)
        for node, tag in self._node_tags.values():
            node.RemoveObserver(tag)
        self._scene_tags, self._node_tags = [], {}

    # properties of the .ui

    def _set_types(self, types: Any) -> None:
        self._types = list(types)
        self._update()

    def _set_text(self, name: str, text: Any) -> None:
        setattr(self, name, text)
        self._update()

    def _set_flag(self, name: str, value: bool) -> None:
        self._kept[name] = bool(value)
        self._update()

    currentNodeID = Property(str, lambda self: self._current_id, setCurrentNodeID)
    nodeTypes = Property("QStringList", lambda self: self._types, _set_types)
    hideChildNodeTypes = Property(
        "QStringList", lambda self: self._hidden_types, lambda self, types: self._set_text("_hidden_types", list(types))
    )
    baseName = Property(str, lambda self: self._base_name, lambda self, text: self._set_text("_base_name", text))
    noneDisplay = Property(
        str, lambda self: self._none_display, lambda self, text: self._set_text("_none_display", text)
    )
    noneEnabled = _flag("noneEnabled")
    addEnabled = _flag("addEnabled")
    removeEnabled = _flag("removeEnabled")
    editEnabled = _flag("editEnabled")
    renameEnabled = _flag("renameEnabled")
    showHidden = _flag("showHidden")
    showChildNodeTypes = _flag("showChildNodeTypes")
    selectNodeUponCreation = _flag("selectNodeUponCreation")


class _Forget:
    """Removes the observers of a combo box that Qt destroys, without holding it."""

    def __init__(self, box: qMRMLNodeComboBox) -> None:
        self._reference = weakref.ref(box)

    def __call__(self) -> None:
        box = self._reference()
        if box is not None and box._scene is not None:
            box._let_go()


def _update(reference: Any) -> None:
    box = reference()
    if box is not None and isValid(box):
        box._update()


def _show(reference: Any) -> None:
    box = reference()
    if box is not None and isValid(box):
        box._show()
