"""Apply, Cancel, and everything that ends a job before its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from host import Host
from panel_driving.driver import Driver
from panel_driving.endings import is_alive, left_over
from panel_driving.told_processes import copying
from PySide6.QtWidgets import QPushButton
from vtk.util.numpy_support import vtk_to_numpy


def _content(node: Any) -> bytes:
    """What a node shows."""
    if node.IsA("vtkMRMLSegmentationNode"):
        image = node.GetSegmentation().GetNthSegment(0).GetRepresentation("Binary labelmap")
        return vtk_to_numpy(image.GetPointData().GetScalars()).tobytes()
    if node.IsA("vtkMRMLModelNode"):
        return vtk_to_numpy(node.GetPolyData().GetPoints().GetData()).tobytes()
    return vtk_to_numpy(node.GetImageData().GetPointData().GetScalars()).tobytes()


def test_a_job_becomes_a_case_that_plays(open_panel: Callable[..., Driver], results: Path, video: Path) -> None:
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.name_structure("liver")
    driver.run_to_the_end()
    assert "Done: 3 frames" in driver.message and "look twice" in driver.message
    view = driver.panel.context.view
    assert view is not None and view.name == "lettered" and len(view) == 3
    assert slicer.modules.sequences.toolBarActiveBrowserNode() is view.browser
    driver.wait(lambda: slicer.app.layoutManager().layout == 7401)
    red = slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceCompositeNode()
    assert red.GetBackgroundVolumeID() == view.proxy("Frame").GetID()
    shown = {kind: _content(view.proxy(kind)) for kind in view.kinds}
    play = driver.ui.playWidget.findChild(QPushButton, "pushButton_VcrPlayPause")
    driver.host.click(play)
    driver.wait(lambda: view.position > 0)
    driver.host.click(play)
    driver.wait(lambda: all(_content(view.proxy(kind)) != shown[kind] for kind in view.kinds))
    assert left_over() == []


def test_cancel_leaves_nothing_behind(running: tuple[Driver, set[str], list[int]]) -> None:
    driver, before, pids = running
    assert driver.ui.applyButton.text() == "Cancel"
    started_s = time.monotonic()
    driver.apply()
    assert not driver.is_busy and time.monotonic() - started_s < 2
    assert not any(map(is_alive, pids))
    assert driver.node_ids() == before
    assert left_over() == [] and "as it was before" in driver.message
    assert driver.ui.applyButton.text() == "Apply" and driver.ui.applyButton.isEnabled()


def test_closing_the_scene_ends_the_job(running: tuple[Driver, set[str], list[int]], host: Host) -> None:
    driver, _, pids = running
    host.close_scene()
    assert not driver.is_busy and not any(map(is_alive, pids)) and left_over() == []
    assert host.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 0
    assert driver.parameters is not None and driver.parameters.inputPath == ""


def test_another_model_ends_the_job(running: tuple[Driver, set[str], list[int]], host: Host) -> None:
    driver, before, pids = running
    host.choose(driver.ui.modelComboBox, "Weights from a file")
    assert not driver.is_busy and not any(map(is_alive, pids)) and left_over() == []
    assert driver.node_ids() == before


def test_a_case_is_replaced_once_the_new_one_is_there(
    open_panel: Callable[..., Driver], results: Path, video: Path, host: Host
) -> None:
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.run_to_the_end()
    driver.open_section("outputs")
    host.choose(driver.ui.outputCaseSelector, "lettered browser")
    host.type_text(driver.ui.caseNameLineEdit, "again")
    driver.run_to_the_end()
    browsers = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
    assert [browser.GetName() for browser in browsers] == ["again browser"]


def test_results_are_kept_where_asked(
    open_panel: Callable[..., Driver], results: Path, video: Path, tmp_path: Path
) -> None:
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.open_section("outputs")
    driver.enter_path(driver.ui.resultsPathLineEdit, tmp_path / "kept")
    driver.run_to_the_end()
    assert (tmp_path / "kept" / "results.json").is_file()
    assert "Done: 3 frames" in driver.message and driver.ui.applyButton.isEnabled()
    driver.name_structure("liver")
    assert driver.message == "", "the outcome is told until the settings change"


def test_a_replaced_case_may_be_gone_already(
    open_panel: Callable[..., Driver], results: Path, video: Path, host: Host
) -> None:
    driver = open_panel(reconstruct=copying(results, pause_s=0.3))
    driver.choose_input(video)
    driver.run_to_the_end()
    view = driver.panel.context.view
    driver.open_section("outputs")
    host.choose(driver.ui.outputCaseSelector, "lettered browser")
    driver.apply()
    host.scene.RemoveNode(view.browser)
    driver.wait(lambda: not driver.is_busy)
    assert "Done: 3 frames" in driver.message, driver.report.log


def test_the_current_frame_is_that_of_the_same_file(
    open_panel: Callable[..., Driver], results: Path, video: Path, host: Host, tmp_path: Path
) -> None:
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.run_to_the_end()
    driver.panel.context.view.select(2)
    host.choose(driver.ui.scopeComboBox, "Current frame")
    assert driver.ui.scopeNoteLabel.text() == "Frame 10, the one that is shown."
    (tmp_path / video.name).write_bytes(video.read_bytes())
    driver.choose_input(tmp_path / video.name)
    assert driver.ui.scopeNoteLabel.text().startswith("The first frame of the range")


def test_the_log_opens_and_is_copied(open_panel: Callable[..., Driver], results: Path, video: Path, host: Host) -> None:
    driver = open_panel(reconstruct=copying(results, end='print("a word aside"); tell("finished")'))
    driver.choose_input(video)
    driver.run_to_the_end()
    driver.open_section("log")
    assert "a word aside" in driver.ui.logTextEdit.toPlainText()
    host.click(driver.ui.copyLogButton)
    assert "a word aside" in slicer.app.clipboard().text()
