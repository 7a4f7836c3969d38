"""A module is loaded, entered, left, reloaded and unloaded as in Slicer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import slicer
from host import Host, start_host


def test_opening_sets_up_once_and_enters(host: Host, sample: Path) -> None:
    panel = host.open_module("HostSample", sample)
    assert panel.calls == ["setup", "enter"]
    assert host.open_module("HostSample") is panel
    assert panel.calls == ["setup", "enter"]
    assert slicer.modules.hostsample.path == str(sample)
    assert slicer.modules.HostSampleWidget is panel
    assert slicer.util.getModuleWidget("HostSample") is panel
    assert slicer.util.getModuleLogic("HostSample") is panel.logic
    assert Path(panel.resourcePath("UI/HostSample.ui")).is_file()
    assert panel.parent.isEntered and panel.parent.mrmlScene() is host.scene
    assert slicer.util.mainWindow().moduleSelector().selectedModule == "HostSample"


def test_leaving_and_coming_back(host: Host, sample: Path) -> None:
    panel = host.open_module("HostSample", sample)
    host.leave_module()
    assert panel.calls[-1] == "exit" and not panel.parent.isEntered


def test_reloading_cleans_up_the_old_panel_and_enters_the_new_one(host: Host, sample: Path) -> None:
    old = host.open_module("HostSample", sample)
    source = sys.modules["HostSample"]
    new = host.reload_module("HostSample")
    assert old.calls == ["setup", "enter", "cleanup"]
    assert new is not old and new.calls == ["setup", "enter"]
    assert sys.modules["HostSample"] is not source
    host.close()
    assert old.calls.count("cleanup") == 1 and new.calls[-1] == "cleanup"


def test_closing_the_scene_is_told(host: Host, sample: Path) -> None:
    panel = host.open_module("HostSample", sample)
    host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    host.close_scene()
    assert panel.calls[-2:] == ["start close", "end close"]
    assert host.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0


def test_modules_run_their_own_test(host: Host, sample: Path) -> None:
    host.open_module("HostSample", sample)
    slicer.selfTests["HostSample"]()
    assert [message.text for message in host.messages] == ["tested"]


def test_what_nobody_catches_is_raised_at_the_end(tmp_path: Path, sample: Path) -> None:
    with pytest.raises(ValueError, match="three is no answer"), start_host(tmp_path) as host:
        host.click(host.open_module("HostSample", sample).ui.applyButton)
        assert len(host.errors) == 1


def test_without_a_main_window(tmp_path: Path, sample: Path) -> None:
    with start_host(tmp_path, with_window=False) as host:
        assert slicer.util.mainWindow() is None and slicer.app.layoutManager() is None
        assert host.open_module("HostSample", sample).calls == ["setup", "enter"]


def test_settings_live_in_the_folder(host: Host) -> None:
    slicer.app.settings().setValue("Some/Key", "kept")
    slicer.app.settings().sync()
    assert slicer.util.settingsValue("Some/Key", None) == "kept"
    assert list((host.folder / "settings").rglob("*.ini"))
    assert Path(slicer.app.temporaryPath).is_relative_to(host.folder)


def test_what_fails_in_slicer_fails_here(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "module" / "Reader.py"
    path.parent.mkdir()
    path.write_text(
        "class Reader:\n"
        "    def __init__(self, parent):\n"
        "        self.parent = parent\n"
        "def right(edit): return edit.property('text'), edit.isEnabled()\n"
        "def wrong(edit): return edit.text()\n"
        "def by_qt(widget): widget.adjustSize()\n"
        "def by_hand(widget): return widget.sizeHint()\n",
        encoding="utf-8",
    )
    import qt

    module = host.load_module(path).python_module
    edit = qt.QLineEdit("typed")
    assert module.right(edit) == ("typed", True)
    with pytest.raises(TypeError, match="property"):
        module.wrong(edit)
    assert edit.text() == "typed"
    widget = qt.QWidget()
    module.by_qt(widget)  # Qt asks for sizeHint(), not the module
    with pytest.raises(TypeError, match="property"):
        module.by_hand(widget)
