"""Proposals one by one; stopping and going on; what is wrong is said in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import slicer
from host import Host
from panel_driving.told_processes import commands
from panel_driving.training_driver import TrainingDriver

from EndoDepthTrainingLib.labels.seg_nrrd import Segments, read_seg_nrrd, write_seg_nrrd

SIZE = (40, 32)
TRAINS = """
import signal
run = pathlib.Path(value_of("--output"))
stopped = []
signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
state, log = run / "state", run / "log.csv"
first = int(state.read_text()) if state.exists() else 0
if not log.exists():
    log.write_text("step,loss\\n")
for step in range(first, 200 if first == 0 else first + 3):
    with log.open("a") as stream:
        stream.write(f"{step},{1.0 / (1 + step)}\\n")
    state.write_text(str(step + 1))
    tell("progress", stage="training", done=step + 1, total=200, remaining_s=1.0)
    if stopped:
        sys.exit(130)
    time.sleep(0.02)
(run / "weights.safetensors").touch()
tell("finished")
"""
FAILS = 'tell("error", message="the structure \'liver\' has no labelled pixel; mark it"); sys.exit(2)'
PROPOSES = 'tell("finished")'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight frames, five of them labelled; for the other three a network has proposed something."""
    frames = tmp_path / "frames"
    (frames / "proposals").mkdir(parents=True)
    rng = np.random.default_rng(0)
    entries = []
    for number in range(8):
        name = f"clip-{number:06d}"
        cv2.imwrite(str(frames / f"{name}.png"), rng.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8))
        labels = np.zeros(SIZE[::-1], np.uint8)
        labels[4:20, 3 : 12 + number] = 1
        place = frames if number < 5 else frames / "proposals"
        write_seg_nrrd(place / f"{name}.seg.nrrd", Segments(labels, ("liver",), ((200, 60, 50),)))
        if number >= 5:
            entries.insert(0, {"name": name, "confidence": 1 - 0.1 * number})
    values = {"frames": entries, "prompts": ["liver"], "proposed_by": "a test"}
    (frames / "proposals" / "proposals.json").write_text(json.dumps(values), encoding="utf-8")
    return frames


@pytest.fixture
def driver(open_panel: Callable[[], TrainingDriver], folder: Path) -> Iterator[TrainingDriver]:
    """A panel with the folder loaded; `train` and `labels` are programs that are told what to do."""
    made = open_panel()
    real = made.runner._start_process
    made.enter_path(made.ui.folderPathLineEdit, folder)
    made.press(made.ui.loadButton)
    assert "loaded" in made.message, made.log
    made.runner._start_process = commands({"train": TRAINS, "labels": PROPOSES}, real)
    yield made
    made.runner._start_process = real


def test_proposals_are_kept_corrected_and_dropped(driver: TrainingDriver, folder: Path) -> None:
    host = driver.host
    assert [labels for _name, labels, _held_out in driver.rows()] == ["liver"] * 5 + ["–"] * 3
    driver.open_section("proposals")
    driver.press(driver.ui.proposeButton)
    assert [labels for _name, labels, _held_out in driver.rows()][5:] == ["proposed: liver"] * 3, driver.message
    assert "'clip-000007'" in driver.ui.reviewLabel.text(), "the least certain first"
    assert not driver.ui.proposeButton.isEnabled()
    host.click(driver.ui.keepButton)
    assert "'clip-000006'" in driver.ui.reviewLabel.text()
    host.click(driver.ui.correctButton)
    mask = np.zeros((8, SIZE[1], SIZE[0]), bool)
    mask[:7, 25:30, 30:35] = True
    slicer.modules.segmenteditor.widgetRepresentation().self().paint("tool", mask)
    host.open_module("EndoDepthTraining")
    host.wait(0.4)
    host.click(driver.ui.keepButton)
    host.click(driver.ui.dropButton)
    assert driver.ui.reviewLabel.text() == "" and driver.frames.proposed() == ()
    verdicts = json.loads((folder / "proposals" / "review.json").read_text(encoding="utf-8"))
    assert verdicts == {"clip-000007": "kept", "clip-000006": "corrected", "clip-000005": "dropped"}
    driver.press(driver.ui.saveLabelsButton)
    kept = read_seg_nrrd(folder / "clip-000007.seg.nrrd", SIZE)
    proposed = read_seg_nrrd(folder / "proposals" / "clip-000007.seg.nrrd", SIZE)
    assert np.array_equal(kept.labels, proposed.labels) and kept.names == ("liver", "tool")
    assert read_seg_nrrd(folder / "clip-000006.seg.nrrd", SIZE).labels[27, 32] == 2
    assert not (folder / "clip-000005.seg.nrrd").exists(), "dropped"


def test_a_training_is_stopped_and_goes_on(driver: TrainingDriver, tmp_path: Path) -> None:
    run = tmp_path / "run"
    driver.enter_path(driver.ui.runPathLineEdit, run)
    driver.host.click(driver.ui.trainButton)
    driver.wait(lambda: driver.runner.report.stage == "training" and driver.runner.report.done > 5)
    assert not driver.ui.trainButton.isEnabled() and driver.ui.stopButton.isVisible()
    driver.host.click(driver.ui.stopButton)
    driver.wait(lambda: not driver.runner.is_busy)
    done = int((run / "state").read_text(encoding="utf-8"))
    assert "Stopped. What is finished stays" in driver.message and 5 < done < 200
    assert driver.ui.trainButton.text() == "Go on" and not (run / "weights.safetensors").exists()
    assert not driver.ui.adoptButton.isEnabled()
    driver.press(driver.ui.trainButton)
    assert "The training is done" in driver.message, driver.log
    assert int((run / "state").read_text(encoding="utf-8")) == done + 3
    chart = driver.panel.training.watch.losses
    table = chart.GetNthPlotSeriesNode(0).GetTableNode()
    assert table.GetNumberOfRows() == done + 3, "the curve has no gap"
    assert driver.ui.adoptButton.isEnabled() and not driver.ui.trainButton.isEnabled()


def test_closing_the_scene_ends_a_training(driver: TrainingDriver, tmp_path: Path, host: Host) -> None:
    driver.enter_path(driver.ui.runPathLineEdit, tmp_path / "run")
    host.click(driver.ui.trainButton)
    driver.wait(lambda: driver.runner.report.stage == "training" and driver.runner.report.done > 2)
    pid = driver.runner._process._current.pid
    host.close_scene()
    assert not driver.runner.is_busy and not Path(f"/proc/{pid}").exists()
    assert driver.frames is None and driver.rows() == []
    assert host.scene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode") == 0


def test_what_is_wrong_is_said_in_one_line(driver: TrainingDriver, tmp_path: Path) -> None:
    driver.runner._start_process = commands({"train": FAILS}, driver.runner._start_process)
    driver.enter_path(driver.ui.runPathLineEdit, tmp_path / "run")
    driver.press(driver.ui.trainButton)
    assert driver.message == "The structure 'liver' has no labelled pixel; mark it."
    (tmp_path / "frames" / "clip-000003.png").write_bytes(b"no picture")
    driver.enter_path(driver.ui.folderPathLineEdit, tmp_path / "frames")
    driver.press(driver.ui.loadButton)
    assert "clip-000003.png' is no PNG" in driver.message and "Traceback" not in driver.log
    assert driver.frames is not None, "what was loaded before stays"
    driver.enter_path(driver.ui.sourcePathLineEdit, tmp_path / "none.mp4")
    assert not driver.ui.pickButton.isEnabled() and "does not exist" in driver.ui.framesNoteLabel.text()


def test_frames_that_show_nothing_are_labels_too(driver: TrainingDriver, folder: Path) -> None:
    driver.panel.labels.show(6)
    driver.host.click(driver.ui.emptyButton)
    assert driver.rows()[6][1] == "none of the structures"
    driver.panel.labels.show(1)
    driver.host.click(driver.ui.emptyButton)
    assert "erase them" in driver.message and driver.rows()[1][1] == "liver"
    driver.press(driver.ui.saveLabelsButton)
    saved = read_seg_nrrd(folder / "clip-000006.seg.nrrd", SIZE)
    assert saved.names == ("liver",) and not saved.labels.any()
