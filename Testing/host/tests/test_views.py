"""Views show the scene: Slicer's logics and displayable managers, drawn off-screen; the mouse reaches them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from host import Host
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage

_SIDE_BY_SIDE = """
<layout type="horizontal" split="true">
 <item splitSize="500"><view class="vtkMRMLSliceNode" singletontag="Red"/></item>
 <item splitSize="500"><view class="vtkMRMLViewNode" singletontag="1"/></item>
</layout>
"""


@pytest.fixture
def manager(host: Host) -> Any:
    found = slicer.app.layoutManager()
    found.layoutLogic().GetLayoutNode().AddLayoutDescription(7777, _SIDE_BY_SIDE)
    found.setLayout(7777)
    host.process_events()
    return found


def _pixels(host: Host, widget: Any, path: Path) -> np.ndarray:
    image = QImage(str(host.screenshot(widget, path))).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_layouts_show_and_hide_views(host: Host, manager: Any) -> None:
    assert manager.layout == 7777
    assert manager.sliceWidget("Red").isVisible() and not manager.sliceWidget("Green").isVisible()
    assert manager.threeDWidget(0).isVisible() and manager.threeDViewCount == 1
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    host.process_events()
    assert manager.sliceWidget("Green").isVisible() and manager.threeDWidget(0).isVisible()
    assert set(manager.sliceViewNames()) >= {"Red", "Green", "Yellow"}


def test_a_slice_view_shows_the_pixels_of_a_volume(host: Host, manager: Any, tmp_path: Path) -> None:
    volume = slicer.util.addVolumeFromArray(np.full((1, 40, 60), 200, np.uint8))
    volume.CreateDefaultDisplayNodes()
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(255, 127.5)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    widget = manager.sliceWidget("Red")
    assert widget.sliceLogic().GetBackgroundLayer().GetVolumeNode() is volume
    view = widget.sliceView()
    pixels = _pixels(host, view, tmp_path / "slice.png")
    middle = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
    assert np.abs(middle.astype(int) - 200).max() <= 2


def test_a_3d_view_shows_a_model(host: Host, manager: Any, tmp_path: Path) -> None:
    view = manager.threeDWidget(0).threeDView()
    before = _pixels(host, view, tmp_path / "before.png")
    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(40)
    sphere.SetCenter(500, 0, 0)
    sphere.Update()
    logic = slicer.app.moduleLogic("Models")
    model = logic.AddModel(sphere.GetOutput())
    model.GetDisplayNode().SetColor(1, 0, 0)
    manager.resetThreeDViews()
    assert view.cameraNode().GetFocalPoint()[0] == pytest.approx(500, abs=1)
    after = _pixels(host, view, tmp_path / "after.png")
    centre = after[after.shape[0] // 2, after.shape[1] // 2]
    assert centre[0] > centre[1] + 50 and not np.array_equal(before, after)


def test_the_mouse_moves_the_crosshairs_cursor(host: Host, manager: Any) -> None:
    volume = slicer.util.addVolumeFromArray(np.zeros((1, 40, 60), np.uint8))
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    view = manager.sliceWidget("Red").sliceView()
    crosshair = slicer.util.getNode("vtkMRMLCrosshairNodedefault")
    seen: list[Any] = []
    crosshair.AddObserver(
        slicer.vtkMRMLCrosshairNode.CursorPositionModifiedEvent,
        lambda *_: seen.append([crosshair.GetCursorPositionRAS(at) for at in [[0.0, 0.0, 0.0]]]),
    )
    host.move_mouse(view, QPoint(view.width() // 2, view.height() // 2))
    host.move_mouse(view, QPoint(view.width() // 2 + 10, view.height() // 2))
    assert len(seen) >= 2
    position = [0.0, 0.0, 0.0]
    assert crosshair.GetCursorPositionRAS(position)
    to_xy = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(manager.sliceWidget("Red").mrmlSliceNode().GetXYToRAS(), to_xy)
    x, y, _, _ = to_xy.MultiplyPoint([*position, 1.0])
    assert (x, y) == pytest.approx((view.width() // 2 + 10, view.height() - 1 - view.height() // 2), abs=1)


def test_paused_rendering_is_made_up_for(host: Host, manager: Any) -> None:
    view = manager.sliceWidget("Red").sliceView()
    host.wait(0.1)
    slicer.app.pauseRender()
    before = view.renders
    view.scheduleRender()
    host.wait(0.05)
    assert view.renders == before
    slicer.app.resumeRender()
    assert host.wait_until(lambda: view.renders > before, 5.0)


def test_a_plot_view_draws_the_series_of_its_chart(host: Host, manager: Any, tmp_path: Path) -> None:
    description = _SIDE_BY_SIDE.replace("vtkMRMLViewNode", "vtkMRMLPlotViewNode").replace('"1"', '"PlotView1"')
    manager.layoutLogic().GetLayoutNode().AddLayoutDescription(7778, description)
    manager.setLayout(7778)
    table = host.scene.AddNewNodeByClass("vtkMRMLTableNode")
    slicer.util.updateTableFromArray(table, [np.arange(5.0), np.arange(5.0)], ["x", "y"])
    series = host.scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("x")
    series.SetYColumnName("y")
    series.SetColor(1.0, 0.0, 0.0)
    series.SetLineWidth(4)
    chart = host.scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    widget = manager.plotWidget(0)
    widget.mrmlPlotViewNode().SetPlotChartNodeID(chart.GetID())

    def red() -> np.ndarray:
        pixels = _pixels(host, widget.plotView(), tmp_path / "plot.png").astype(int)
        return np.argwhere(pixels[..., 0] - pixels[..., 1] > 150)

    marked = red()
    assert len(marked) > 200 and np.corrcoef(marked.T)[0, 1] < -0.9, "rising from the left"
    slicer.util.updateTableFromArray(table, [np.arange(5.0), -np.arange(5.0)], ["x", "y"])
    assert np.corrcoef(red().T)[0, 1] > 0.9, "it follows the table"
