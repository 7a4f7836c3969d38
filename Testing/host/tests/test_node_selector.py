"""qMRMLNodeComboBox shows the nodes that fit and chooses among them."""

from __future__ import annotations

from typing import Any

import pytest
import slicer
from host import Host


@pytest.fixture
def box(host: Host) -> Any:
    made = slicer.qMRMLNodeComboBox()
    made.nodeTypes = ["vtkMRMLModelNode"]
    made.baseName = "Surface"
    return made


def test_without_a_scene_it_is_disabled(host: Host, box: Any) -> None:
    assert not box.isEnabled()
    box.setMRMLScene(host.scene)
    assert box.isEnabled() and box.currentNode() is None


def test_the_first_node_is_chosen_unless_none_is_a_choice(host: Host, box: Any) -> None:
    box.setMRMLScene(host.scene)
    changes: list[Any] = []
    box.currentNodeChanged.connect(changes.append)
    first = host.scene.AddNewNodeByClass("vtkMRMLModelNode", "first")
    assert box.currentNode() is first and changes == [first]
    host.scene.RemoveNode(first)
    assert box.currentNode() is None and changes == [first, None]
    box.noneEnabled = True
    host.scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert box.currentNode() is None


def test_only_nodes_that_fit_are_shown(host: Host, box: Any) -> None:
    box.addAttribute("vtkMRMLModelNode", "Kind", "wanted")
    box.setMRMLScene(host.scene)
    names = ("wanted", "other", None)
    models = [host.scene.AddNewNodeByClass("vtkMRMLModelNode") for _ in names]
    for model, name in zip(models, names, strict=True):
        model.SetAttribute("Kind", name)
        model.Modified()
    host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    host.scene.Modified()
    hidden = host.scene.AddNewNodeByClass("vtkMRMLModelNode")
    hidden.SetHideFromEditors(True)
    box.setMRMLScene(None)
    box.setMRMLScene(host.scene)
    assert box.nodes() == [models[0]]
    box.setCurrentNode(models[1])
    assert box.currentNode() is None


def test_the_user_adds_renames_and_deletes(host: Host, box: Any) -> None:
    box.renameEnabled = True
    box.addAttribute("vtkMRMLModelNode", "Kind", "wanted")
    box.setMRMLScene(host.scene)
    host.window.statusBar().addWidget(box)
    host.process_events()
    host.choose(box, "Create new Surface")
    made = box.currentNode()
    assert made.GetName() == "Surface" and made.GetAttribute("Kind") == "wanted"
    host.dialogs.texts.append("Better")
    host.choose(box, "Rename current node...")
    assert made.GetName() == "Better"
    host.choose(box, "Delete current node")
    assert made.GetScene() is None and box.currentNode() is None


def test_a_destroyed_selector_lets_go_of_the_scene(host: Host, box: Any) -> None:
    box.setMRMLScene(host.scene)
    box.deleteLater()
    host.process_events()
    host.scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert host.errors == []
