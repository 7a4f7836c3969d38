"""With nothing put in the command line's place: from a video file to a playing result, and into a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer
from host import Host
from panel_driving.clips import write_clip
from panel_driving.driver import Driver

REOPEN = """
import json, sys
from pathlib import Path
from host import start_host
from panel_driving.driver import Driver
with start_host(Path(sys.argv[1])) as host:
    host.load_scene(Path(sys.argv[2]))
    driver = Driver(host)
    parameters, view = driver.parameters, driver.panel.context.view
    view.select(1)
    host.wait(0.1)
    print(json.dumps({
        "every": parameters.every, "prompts": list(parameters.prompts), "input": parameters.inputPath,
        "camera": parameters.cameraKind.name, "fov": driver.ui.fovSpinBox.value(),
        "case": view.name, "frames": len(view), "kinds": list(view.kinds), "segments": [s.name for s in view.segments],
        "unit": view.frame_scale.unit, "fx": view.camera.fx, "index": view.frame_index,
        "coloring": driver.ui.surfaceColorComboBox.currentText(), "opacity": driver.ui.surfaceOpacitySlider.value,
        "surface_shown": view.proxy("Surface").GetPolyData().GetNumberOfCells() > 0,
    }))
"""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rendered clip of three frames as a video file."""
    return write_clip(tmp_path_factory.mktemp("clip") / "phantom.avi", 3, 96, 80)


def test_from_a_video_file_to_a_scene_in_a_fresh_process(
    open_panel: Callable[..., Driver], clip: Path, host: Host, tmp_path: Path
) -> None:
    driver = open_panel()
    driver.choose_input(clip)
    assert "96 × 80 pixels, 10 frames/s" in driver.ui.estimateLabel.text()
    assert "3 frames are kept" in driver.ui.estimateLabel.text()
    driver.type_number(driver.ui.everySpinBox, "2")
    driver.wait(lambda: "2 frames are kept" in driver.ui.estimateLabel.text())
    host.choose(driver.ui.cameraKindComboBox, "Field of view")
    driver.type_number(driver.ui.fovSpinBox, "75")
    driver.name_structure("liver")
    driver.name_structure("gall bladder")
    driver.run_to_the_end()
    assert "Done: 2 frames" in driver.message, driver.report.log
    driver.open_section("display")
    host.choose(driver.ui.surfaceColorComboBox, "depth")
    driver.ui.surfaceOpacitySlider.setValue(50)
    view = driver.panel.context.view
    assert view is not None and view.prompts == ["liver", "gall bladder"]
    host.save_scene(tmp_path / "scene.mrb")
    command = [sys.executable, "-c", REOPEN, str(tmp_path / "fresh"), str(tmp_path / "scene.mrb")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "every": 2,
        "prompts": ["liver", "gall bladder"],
        "input": str(clip),
        "camera": "FIELD_OF_VIEW",
        "fov": 75.0,
        "case": view.name,
        "frames": 2,
        "kinds": list(view.kinds),
        "segments": ["liver", "gall bladder"],
        "unit": view.frame_scale.unit,
        "fx": view.camera.fx,
        "index": 2,
        "coloring": "depth",
        "opacity": 50.0,
        "surface_shown": True,
    }


def test_import_first_then_one_frame_of_the_sequence(open_panel: Callable[..., Driver], clip: Path, host: Host) -> None:
    driver = open_panel()
    from EndoDepthWidgets.panel.jobs import kept_positions as kept

    driver.choose_input(clip)
    entry = next(entry for entry in driver.panel.model.catalogue.entries if entry.consent)
    host.choose(driver.ui.modelComboBox, entry.title)
    assert "agree to their terms" in driver.message, "this concerns Apply, not Import"
    host.click(driver.ui.importButton)
    driver.wait(lambda: not driver.is_busy)
    assert "Done: 3 frames" in driver.message, driver.report.log
    assert driver.ui.inputKindComboBox.currentText() == "Sequence in the scene"
    sequence = driver.ui.inputSequenceSelector.currentNode()
    assert sequence.GetNumberOfDataNodes() == 3 and driver.ui.estimateLabel.text() == "3 frames in the scene"
    browser = slicer.modules.sequences.toolBarActiveBrowserNode()
    driver.parameters.start, driver.parameters.every = "0.1s", 2
    assert list(kept(sequence, driver.parameters)) == [1]
    driver.parameters.start, driver.parameters.every = "", 1
    browser.SetSelectedItemNumber(1)
    host.choose(driver.ui.modelComboBox, driver.panel.model.catalogue.entry("default").title)
    host.choose(driver.ui.scopeComboBox, "Current frame")
    assert "stands at" in driver.ui.scopeNoteLabel.text()
    driver.run_to_the_end()
    assert "Done: 1 frame." in driver.message, driver.report.log
    view = driver.panel.context.view
    wanted = slicer.util.arrayFromVolume(sequence.GetNthDataNode(1))
    assert np.array_equal(slicer.util.arrayFromVolume(view.item("Frame")), wanted)
    host.choose(driver.ui.scopeComboBox, "Whole sequence")
    driver.run_to_the_end()
    assert "Done: 3 frames" in driver.message, driver.report.log
    times = driver.panel.context.view.sequences["Frame"]
    assert times.GetIndexUnit() == "s", "a case made from a sequence keeps its times"
    assert [float(times.GetNthIndexValue(number)) for number in range(3)] == pytest.approx([0.0, 0.1, 0.2], abs=1e-3)
    assert list(Path(slicer.app.temporaryPath).glob("endodepth-job-*")) == []
