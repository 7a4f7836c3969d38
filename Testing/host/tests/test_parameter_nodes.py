"""Parameter nodes store what Slicer stores, under its names, and refuse what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import slicer
from host import Host, start_host


@pytest.fixture
def parameters(host: Host, sample: Path) -> Any:
    return host.open_module("HostSample", sample).parameters


def test_stored_under_slicers_names(host: Host, parameters: Any) -> None:
    module = sys.modules["HostSample"]
    node = parameters.parameterNode
    assert node.GetAttribute("ModuleName") == "HostSample" and node.GetSingletonTag() == "HostSample"
    assert [node.GetParameter(name) for name in ("text", "count", "ratio", "isOn", "size", "folder")] == [
        "begin", "3", "0.5", "False", "SMALL", "start",
    ]  # fmt: skip
    parameters.names = ["liver", "fat"]
    parameters.isOn, parameters.size = True, module.Size.LARGE
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.inputVolume = volume
    parameters.corner.y = 4.0
    stored = {name: node.GetParameter(name) for name in node.GetParameterNames()}
    expected = {"names_len": "2", "names_0": "liver", "names_1": "fat", "isOn": "True", "size": "LARGE"}
    assert stored.items() >= (expected | {"inputVolume": "", "corner.y": "4.0", "spare_1": "True"}).items()
    assert node.GetNodeReference("inputVolume") is volume


def test_a_list_tells_its_node(parameters: Any) -> None:
    parameters.names.append("bowel")
    parameters.names += ["fat"]
    del parameters.names[0]
    assert parameters.names == ["fat"] and parameters.parameterNode.GetParameter("names_0") == "fat"
    assert not parameters.parameterNode.HasParameter("names_1")


def test_rules_keep_wrong_values_out(parameters: Any) -> None:
    with pytest.raises(ValueError, match="10"):
        parameters.count = 10
    with pytest.raises(TypeError):
        parameters.text = 3
    with pytest.raises(ValueError, match="0"):
        parameters.least = 0
    with pytest.raises(ValueError, match="11"):
        parameters.corner.y = 11.0
    with pytest.raises(ValueError, match="nothing"):
        parameters.setValue("nothing", 1)
    assert (parameters.count, parameters.text, parameters.least) == (3, "begin", 1)


def test_changes_of_the_node_are_seen(host: Host, parameters: Any) -> None:
    parameters.parameterNode.SetParameter("text", "other")
    assert parameters.text == "other"
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.inputVolume = volume
    host.scene.RemoveNode(volume)
    assert parameters.inputVolume is None


def test_a_removed_optional_node_leaves_none(host: Host, parameters: Any) -> None:
    model = host.scene.AddNewNodeByClass("vtkMRMLModelNode")
    parameters.spare = model
    assert parameters.spare is model and parameters.parameterNode.HasParameter("spare_0")
    parameters.spare = None
    assert parameters.spare is None


def test_types_that_slicer_cannot_store_are_refused(host: Host) -> None:
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    for kind in (bytes, list, str | None):
        with pytest.raises(TypeError, match="'value'"):
            parameterNodeWrapper(type("Wrong", (), {"__annotations__": {"value": kind}}))
    with pytest.raises(ValueError, match="setValue"):
        parameterNodeWrapper(type("Wrong", (), {"__annotations__": {"setValue": int}}))


def test_widgets_that_slicer_cannot_connect_are_refused(host: Host) -> None:
    import ctk
    import qt
    from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

    volume, bounded = slicer.vtkMRMLVolumeNode, Annotated[int, WithinRange(0, 9)]
    wrong = {(str, qt.QPlainTextEdit), (str, ctk.ctkPathLineEdit), (bounded, ctk.ctkSliderWidget), (float, qt.QSpinBox)}
    for kind, widget in wrong:
        made = parameterNodeWrapper(type("Wrong", (), {"__annotations__": {"value": kind}}))
        with pytest.raises(RuntimeError, match=widget.__name__):
            made(slicer.vtkMRMLScriptedModuleNode()).connectParametersToGui({"value": widget()})
    abstract = parameterNodeWrapper(type("Wrong", (), {"__annotations__": {"value": volume}}))
    with pytest.raises(TypeError, match="abstract"):
        abstract(slicer.vtkMRMLScriptedModuleNode()).connectParametersToGui({"value": slicer.qMRMLNodeComboBox()})


def test_a_saved_scene_reopens_with_its_settings(tmp_path: Path, sample: Path) -> None:
    scene = tmp_path / "kept.mrb"
    with start_host(tmp_path / "first") as host:
        parameters = host.open_module("HostSample", sample).parameters
        parameters.text, parameters.names, parameters.corner.y = "kept", ["a", "b"], 7.0
        parameters.inputVolume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "kept volume")
        host.save_scene(scene)
    with start_host(tmp_path / "second") as host:
        host.load_scene(scene)
        parameters = host.open_module("HostSample", sample).parameters
        assert (parameters.text, parameters.names, parameters.corner.y) == ("kept", ["a", "b"], 7.0)
        assert parameters.inputVolume.GetName() == "kept volume"
