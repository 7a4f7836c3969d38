"""Every error that the panel can meet: one clear message."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from host import Host
from panel_driving.driver import Driver
from panel_driving.told_processes import copying


def test_no_video(open_panel: Callable[..., Driver]) -> None:
    driver = open_panel()
    assert driver.message == "Choose a video file (mp4, mov, avi, mkv)."
    assert not driver.ui.applyButton.isEnabled() and driver.ui.applyButton.toolTip() == driver.message


def test_a_video_that_is_not_there(open_panel: Callable[..., Driver], tmp_path: Path) -> None:
    driver = open_panel()
    driver.choose_input(tmp_path / "gone.mp4")
    assert "gone.mp4' does not exist" in driver.message and not driver.ui.applyButton.isEnabled()


def test_a_video_that_cannot_be_read(open_panel: Callable[..., Driver], tmp_path: Path) -> None:
    driver = open_panel()
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video at all" * 100)
    driver.choose_input(path)
    assert "broken.mp4" in driver.message and not driver.ui.applyButton.isEnabled()
    assert driver.ui.estimateLabel.text() == driver.message


def test_a_range_that_is_none(open_panel: Callable[..., Driver], video: Path, host: Host) -> None:
    driver = open_panel()
    driver.choose_input(video)
    host.type_text(driver.ui.startLineEdit, "soon")
    assert "'soon' is neither a frame number" in driver.message


def test_too_many_frames(open_panel: Callable[..., Driver], video: Path, host: Host) -> None:
    driver = open_panel()
    driver.choose_input(video)
    driver.parameters.mostFrames = 2
    host.process_events()
    assert driver.message.startswith("5 frames would be kept, more than 2: keep every 3")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is not JSON"),
        (json.dumps({"fx": 80, "fy": 80, "cx": 9, "cy": 9, "width": 20, "height": 20}), "is for 20x20 pixels but"),
    ],
)
def test_a_wrong_camera(
    open_panel: Callable[..., Driver], video: Path, host: Host, tmp_path: Path, content: str, expected: str
) -> None:
    driver = open_panel()
    driver.choose_input(video)
    (tmp_path / "camera.json").write_text(content)
    host.choose(driver.ui.cameraKindComboBox, "Camera file (calibrated)")
    driver.enter_path(driver.ui.cameraPathLineEdit, tmp_path / "camera.json")
    assert expected in driver.message and not driver.ui.applyButton.isEnabled()


def test_an_unknown_structure(open_panel: Callable[..., Driver], video: Path) -> None:
    driver = open_panel()
    driver.choose_input(video)
    driver.name_structure("bile sac")
    driver.name_structure("unicorn")
    assert "not known; nearest" in driver.ui.structuresTreeWidget.topLevelItem(1).text(1)
    driver.wait(lambda: not driver.ui.applyButton.isEnabled())
    assert driver.message.startswith("'unicorn' names nothing that the model was taught; nearest known:")
    assert "gallbladder" in driver.ui.structuresTreeWidget.topLevelItem(0).text(1), "the text model reads this one"


def test_weights_that_are_not_there(open_panel: Callable[..., Driver], video: Path, host: Host, tmp_path: Path) -> None:
    driver = open_panel()
    driver.choose_input(video)
    host.choose(driver.ui.modelComboBox, "Weights from a file")
    assert driver.message.startswith("Choose a weights file")
    driver.enter_path(driver.ui.weightsPathLineEdit, tmp_path / "none.safetensors")
    assert "none.safetensors' do not exist" in driver.message


def test_research_weights_ask_for_consent(open_panel: Callable[..., Driver], video: Path, host: Host) -> None:
    driver = open_panel()
    driver.choose_input(video)
    entry = next(entry for entry in driver.panel.model.catalogue.entries if entry.consent)
    host.choose(driver.ui.modelComboBox, entry.title)
    assert driver.ui.consentLabel.text() == entry.consent
    assert "agree to their terms" in driver.message and not driver.ui.applyButton.isEnabled()
    host.click(driver.ui.consentCheckBox)
    assert driver.panel.problem() is None and driver.panel.model.is_agreed
    host.close_scene()
    assert not driver.ui.consentCheckBox.isVisible()
    assert entry.consent not in str(host.scene.GetFirstNodeByClass("vtkMRMLScriptedModuleNode"))


def test_a_results_folder_that_is_in_use(
    open_panel: Callable[..., Driver], video: Path, tmp_path: Path, results: Path
) -> None:
    driver = open_panel()
    driver.choose_input(video)
    driver.open_section("outputs")
    driver.enter_path(driver.ui.resultsPathLineEdit, results)
    assert "is not empty" in driver.message and not driver.ui.applyButton.isEnabled()


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("os.kill(os.getpid(), 9)", "killed (signal 9"),
        ("raise MemoryError", "not enough memory"),
        ("raise OSError(28, 'No space left on device')", "the disk is full"),
        ("raise ModuleNotFoundError(\"No module named 'torch'\")", "PyTorch is not installed"),
        ("for _ in range(50): print('\\x00\\x7fnoise')", "mean nothing to this program"),
        ("raise ValueError('a defect')", "a defect of the program: ValueError: a defect"),
        ("tell('error', message='the disk has 3 MB left; free some space'); sys.exit(2)", "The disk has 3 MB left"),
        ("pathlib.Path(value_of('--output'), 'depth', '000002.npy').write_bytes(b'x'); tell('finished')", "000002.npy"),
    ],
)
def test_a_child_that_fails(
    open_panel: Callable[..., Driver], video: Path, results: Path, end: str, expected: str
) -> None:
    late = end if "tell('finished')" not in end else ""
    body = copying(results, end=end)
    if not late:  # the damage is done before the frame is told of
        body = body.replace("for position", end.partition(";")[0] + "\nfor position", 1)
    driver = open_panel(reconstruct=body)
    driver.choose_input(video)
    before = driver.node_ids()
    driver.run_to_the_end()
    assert driver.report.state.name == "FAILED"
    assert expected in driver.message and "\n" not in driver.message and "Traceback" not in driver.message
    assert driver.node_ids() == before
    assert not driver.ui.logCollapsibleButton.property("collapsed"), "the log does not show itself"


def test_an_installation_that_is_declined(
    open_panel: Callable[..., Driver], video: Path, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = open_panel()
    driver.choose_input(video)
    monkeypatch.setitem(sys.modules, "timm", None)
    host.dialogs.answers.append(False)
    driver.apply()
    assert driver.message == "Nothing was installed, so nothing was started."
    assert "timm" in host.messages[-1].text and "MB" in host.messages[-1].text
    assert not driver.is_busy and host.packaging.installed == []


def test_a_fresh_slicer_installs_when_the_user_applies(
    open_panel: Callable[..., Driver], video: Path, host: Host, results: Path
) -> None:
    driver = open_panel(reconstruct=copying(results))
    host.packaging.missing.add("av")
    host.close_scene()
    driver.choose_input(video)
    assert "Apply and Import ask" in driver.ui.estimateLabel.text() and "Apply asks" in driver.ui.deviceLabel.text()
    assert driver.ui.applyButton.isEnabled() and driver.ui.importButton.isEnabled()
    driver.run_to_the_end()
    assert "av" in host.messages[0].text and any(each.startswith("av") for each in host.packaging.installed)
    assert "Done: 3 frames" in driver.message
    driver.wait(lambda: "5 frames are kept" in driver.ui.estimateLabel.text())
    assert driver.ui.deviceLabel.text() == "Runs on CPU, 2 threads"


def test_a_path_that_no_file_can_have(open_panel: Callable[..., Driver], host: Host) -> None:
    driver = open_panel()
    driver.choose_input("/" + "x" * 5000)
    assert "does not exist" in driver.message
    host.type_text(driver.ui.inputPathLineEdit, "")
    assert driver.message.startswith("Choose a video file") and driver.parameters.inputPath == ""


def test_a_folder_is_browsed_for(open_panel: Callable[..., Driver], host: Host, tmp_path: Path) -> None:
    driver = open_panel()
    host.choose(driver.ui.inputKindComboBox, "Folder of images")
    host.dialogs.paths.append(str(tmp_path))
    host.click(driver.ui.inputPathLineEdit._browse_button)
    assert driver.parameters.inputPath == str(tmp_path)
    assert driver.ui.inputPathLineEdit.filters == driver.ui.inputPathLineEdit.Dirs
