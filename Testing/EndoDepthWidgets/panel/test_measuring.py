"""Probe, distance and scale in the panel, and how a case is looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import slicer
from host import Host
from panel_driving.driver import Driver
from panel_driving.told_processes import copying
from sample_case.places import ras_of_pixel


@pytest.fixture
def shown(open_panel: Callable[..., Driver], results: Path, video: Path) -> Driver:
    """A panel that shows a finished case."""
    driver = open_panel(reconstruct=copying(results))
    driver.choose_input(video)
    driver.run_to_the_end()
    driver.open_section("measure")
    driver.open_section("display")
    return driver


def _place(driver: Driver, *pixels: tuple[float, float]) -> None:
    """Press "Place two points" and click at these pixels of the frame, as the view's markups do."""
    driver.host.click(driver.ui.placePointsButton)
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place
    points = driver.host.scene.GetNodeByID(slicer.app.applicationLogic().GetSelectionNode().GetActivePlaceNodeID())
    for pixel in pixels:
        points.AddControlPointWorld(ras_of_pixel(driver.panel.context.view, *pixel))
    driver.host.process_events()


def test_the_probe_says_unit_and_scale_source(shown: Driver, host: Host) -> None:
    view = shown.panel.context.view
    crosshair = host.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    crosshair.SetCursorPositionRAS(ras_of_pixel(view, 40, 30))
    text = shown.ui.probeLabel.text()
    assert text.startswith("depth ") and "relative (scale not known)" in text and "confidence" in text
    crosshair.SetCursorPositionRAS([1e4, 0, 0])
    assert shown.ui.probeLabel.text() == "outside the frame"


def test_a_length_is_relative_until_a_distance_is_known(shown: Driver, host: Host) -> None:
    _place(shown, (20, 20), (60, 40))
    assert "relative units" in shown.ui.distanceLabel.text() and "mm" not in shown.ui.distanceLabel.text()
    assert not shown.panel.measure._points.is_placing and not shown.ui.placePointsButton.isChecked()
    shown.ui.knownDistanceSpinBox.setValue(12.5)
    host.click(shown.ui.setScaleButton)
    assert shown.ui.distanceLabel.text() == "12.50 mm"
    assert "known distance of 12.5 mm" in shown.ui.scaleNoteLabel.text()
    shown.panel.context.view.select(1)
    host.process_events()
    assert "relative units" in shown.ui.distanceLabel.text(), "another frame has a scale of its own"
    host.click(shown.ui.clearPointsButton)
    assert not shown.ui.distanceLabel.isVisible() and not shown.ui.setScaleButton.isEnabled()


def test_two_points_on_the_surface_measure_what_is_known(shown: Driver, host: Host) -> None:
    view = shown.panel.context.view
    host.click(shown.ui.placePointsButton)
    points = host.scene.GetNodeByID(slicer.app.applicationLogic().GetSelectionNode().GetActivePlaceNodeID())
    for vertex in (100, 900):
        points.AddControlPointWorld(view.proxy("Surface").GetPolyData().GetPoint(vertex))
    host.process_events()
    assert "relative units" in shown.ui.distanceLabel.text()
    window = view.proxy("Depth").GetDisplayNode().GetWindow()
    for known in (250.0, 12.5):
        shown.ui.knownDistanceSpinBox.setValue(known)
        host.click(shown.ui.setScaleButton)
        assert shown.ui.distanceLabel.text() == f"{known:.2f} mm"
    factor = view.frame_scale.factor
    for position, times in ((1, 1.0), (0, factor)):
        view.select(position)
        assert view.proxy("Depth").GetDisplayNode().GetWindow() == pytest.approx(times * window)


def test_a_scale_that_cannot_be_set_says_why(shown: Driver, host: Host) -> None:
    _place(shown, (20, 20), (20, 20))
    host.click(shown.ui.setScaleButton)
    assert "lie in one place" in shown.ui.distanceLabel.text()


def test_the_look_of_a_case(shown: Driver, host: Host) -> None:
    view = shown.panel.context.view
    surface = view.proxy("Surface").GetDisplayNode()
    host.choose(shown.ui.surfaceColorComboBox, "depth")
    assert surface.GetActiveScalarName() == "Depth"
    shown.ui.surfaceOpacitySlider.setValue(40)
    assert surface.GetOpacity() == pytest.approx(0.4)
    shown.ui.confidenceSlider.setValue(90)
    host.process_events()
    whole = view.item("Surface").GetPolyData().GetNumberOfCells()
    assert view.proxy("Surface").GetPolyData().GetNumberOfCells() < whole
    camera = host.scene.GetFirstNodeByName("lettered endoscope camera")
    host.click(shown.ui.followCheckBox)
    view_camera = slicer.modules.cameras.logic().GetViewActiveCameraNode(
        slicer.app.layoutManager().threeDWidget(0).mrmlViewNode()
    )
    assert view_camera.GetPosition() == pytest.approx(camera.GetPosition())
