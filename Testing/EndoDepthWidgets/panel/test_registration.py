"""The seen surface is brought to a structure of the CT by clicks, undone, and refused with the command line's words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from host import Host
from panel_driving.driver import Driver
from panel_driving.told_processes import copying

from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.ct_overlay import DISTANCES
from EndoDepthScene.kinds import nodes_of_kind
from EndoDepthScene.landmark_pairs import IN_CT, ON_SEEN
from EndoDepthScene.models import point_scalars_of
from EndoDepthScene.volumes import pixels_of

SCALE, SHIFT = 1.5, np.array([12.0, -20.0, 35.0])
"""ct = SCALE * camera + SHIFT, LPS."""


@pytest.fixture
def shown(open_panel: Callable[..., Driver], results: Path, video: Path) -> Driver:
    """A panel that shows a finished case, its section 'Register to CT' open."""
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.run_to_the_end()
    driver.open_section("registration")
    return driver


def _organ(driver: Driver, factor: float = 1.0) -> Any:
    """The seen surface itself where the CT would have it, as a model named 'liver'."""
    seen = driver.panel.context.view.item("Surface").GetPolyData()
    move = vtk.vtkTransform()
    move.Translate(*(factor * SHIFT * [-1, -1, 1]))
    move.Scale(factor * SCALE, factor * SCALE, factor * SCALE)
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetInputData(seen)
    moved.SetTransform(move)
    moved.Update()
    model = driver.host.scene.AddNewNodeByClass("vtkMRMLModelNode", "liver")
    model.SetAndObservePolyData(moved.GetOutput())
    driver.host.process_events()
    return model


def _place(driver: Driver, button: Any, points: list[tuple[float, ...]]) -> None:
    driver.host.click(button)
    selection = slicer.app.applicationLogic().GetSelectionNode()
    node = driver.host.scene.GetNodeByID(selection.GetActivePlaceNodeID())
    for point in points:
        node.AddControlPointWorld(point)
    driver.host.click(button)
    driver.host.process_events()


def _pairs(driver: Driver, numbers: tuple[int, ...]) -> None:
    """Landmarks at these vertices of the seen surface and where they are in the CT."""
    seen = driver.panel.context.view.item("Surface").GetPolyData()
    ras = [np.array(seen.GetPoint(number)) for number in numbers]
    _place(driver, driver.ui.placeSeenButton, [tuple(point) for point in ras])
    _place(driver, driver.ui.placeCTButton, [tuple(SCALE * point + SHIFT * [-1, -1, 1]) for point in ras])


def _register(driver: Driver) -> str:
    driver.host.click(driver.ui.registerButton)
    driver.wait(lambda: not driver.panel.registration.is_running)
    driver.host.process_events()
    return str(driver.ui.registrationLabel.text())


def test_the_section_says_what_is_missing(shown: Driver) -> None:
    ui = shown.ui
    assert not ui.registerButton.isEnabled() and "no structure of a CT" in ui.registrationLabel.text()
    _organ(shown)
    assert "Choose the structure" in ui.registrationLabel.text()
    shown.host.choose(ui.ctStructureComboBox, "liver")
    assert "0 landmark pairs are placed; at least 3" in ui.registrationLabel.text()
    vertex = shown.panel.context.view.item("Surface").GetPolyData().GetPoint(0)
    _place(shown, ui.placeSeenButton, [vertex])
    assert "1 landmarks are on the surface and 0 in the CT" in ui.registrationLabel.text()
    assert not ui.registerButton.isEnabled() and not shown.panel.registration._lists.node(IN_CT)
    shown.host.click(ui.clearLandmarksButton)
    assert shown.panel.registration._lists.node(ON_SEEN) is None
    shown.host.click(ui.withoutLandmarksCheckBox)
    assert ui.registerButton.isEnabled()


def test_a_case_is_registered_and_undone(shown: Driver) -> None:
    view, ui = shown.panel.context.view, shown.ui
    _organ(shown)
    shown.host.choose(ui.ctStructureComboBox, "liver")
    count = view.item("Surface").GetPolyData().GetNumberOfPoints()
    _pairs(shown, (0, count // 3, count // 2 + 7, count - 1))
    text = _register(shown)
    assert "root mean square" in text and "expect an error of up to" in text, text
    alignment = CaseAlignment(view)
    pose = alignment.ct_from_camera
    assert pose is not None
    assert np.allclose(pose[:3, :3], SCALE * np.eye(3), atol=0.02)
    ray = np.array([0.0, 0.0, 50.0, 1.0])
    assert np.allclose((pose @ ray)[:3], SCALE * ray[:3] + SHIFT, atol=0.5)
    assert view.camera_node.GetPosition() == pytest.approx(pose[:3, 3] * [-1, -1, 1])
    landmarks = shown.panel.registration._lists.node(ON_SEEN)
    assert landmarks.GetTransformNodeID() == alignment.node.GetID(), "landmarks on the surface go with it"
    _look_at_the_augmented_view(shown)
    view.select(1)
    shown.host.process_events()
    assert not ui.overlayCheckBox.isEnabled() and not ui.overlayCheckBox.isChecked(), "each frame has its own pose"
    assert "It was found with frame" in ui.registrationLabel.text()
    shown.host.click(ui.undoRegistrationButton)
    assert not alignment.is_aligned and not ui.undoRegistrationButton.isEnabled()
    assert view.camera_node.GetPosition() == pytest.approx((0, 0, 0), abs=1e-9)


def _look_at_the_augmented_view(shown: Driver) -> None:
    """Structures over the frame, and their distances: the organ is the seen surface itself, so they are 0."""
    view, ui = shown.panel.context.view, shown.ui
    composite = slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceCompositeNode()
    shown.host.click(ui.overlayCheckBox)
    drawn = view.scene.GetNodeByID(composite.GetBackgroundVolumeID())
    frame = view.item("Frame")
    assert drawn.GetName() == "lettered with CT structures"
    assert drawn.GetTransformNodeID() == CaseAlignment(view).node.GetID()
    difference = np.abs(pixels_of(drawn).astype(int) - pixels_of(frame)).max(axis=2)
    assert 0.3 < np.mean(difference > 10) <= 1.0, "the structure covers the surface, which covers most of the frame"
    shown.host.click(ui.overlayCheckBox)
    assert composite.GetBackgroundVolumeID() == view.proxy("Frame").GetID()
    assert view.scene.GetFirstNodeByName("lettered with CT structures") is None
    shown.host.click(ui.distancesButton)
    table = next(nodes_of_kind(view.scene, "vtkMRMLTableNode", DISTANCES)).GetTable()
    assert table.GetNumberOfRows() >= 1 and table.GetValueByName(0, "CT structure").ToString() == "liver"
    assert table.GetValueByName(0, "nearest (mm)").ToDouble() < 0.5
    values = point_scalars_of(view.item("Surface"), "Distance to liver (mm)")
    assert values.max() < 2.0
    shown.host.click(ui.overlayCheckBox)


def test_what_the_command_refuses_is_said_in_one_sentence(shown: Driver) -> None:
    ui = shown.ui
    _organ(shown, factor=0.001)
    shown.host.choose(ui.ctStructureComboBox, "liver")
    count = shown.panel.context.view.item("Surface").GetPolyData().GetNumberOfPoints()
    _pairs(shown, (0, count // 3, count // 2 + 7))
    shown.host.click(ui.registerButton)
    shown.host.process_events()
    assert "looks like metres" in ui.registrationLabel.text()
    shown.host.click(ui.clearLandmarksButton)
    shown.host.scene.RemoveNode(shown.host.scene.GetFirstNodeByName("liver"))
    _organ(shown)
    shown.host.choose(ui.ctStructureComboBox, "liver")
    _pairs(shown, (0, 1, 2))
    text = _register(shown)
    assert "on a line" in text or "in one place" in text, text
    assert not CaseAlignment(shown.panel.context.view).is_aligned


def test_closing_the_scene_ends_a_registration(shown: Driver, host: Host) -> None:
    _organ(shown)
    shown.host.choose(shown.ui.ctStructureComboBox, "liver")
    host.click(shown.ui.withoutLandmarksCheckBox)
    host.click(shown.ui.registerButton)
    assert shown.panel.registration.is_running and shown.ui.registerButton.text() == "Cancel"
    host.close_scene()
    assert not shown.panel.registration.is_running
