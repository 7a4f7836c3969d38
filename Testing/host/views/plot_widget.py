"""A plot view with its bar. Slicer: Libs/MRML/Widgets/qMRMLPlotWidget.h, qMRMLPlotView.h.

Draws the chart that the view node names as VTK's own chart: a curve for each series, its table's columns as x and y.
"""

from __future__ import annotations

from typing import Any

import vtk
from PySide6.QtWidgets import QVBoxLayout, QWidget

from host.views.controller_bar import ControllerBar
from host.views.render_view import RenderView

_BAR_COLOR = "#e1e1e1"


class PlotView(RenderView):
    """The drawing itself. `chart` is VTK's."""

    def __init__(self, node: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = node
        self.chart = vtk.vtkChartXY()
        self._actor = vtk.vtkContextActor()
        self._actor.GetScene().AddItem(self.chart)
        self._actor.GetScene().SetRenderer(self._renderer)
        self._renderer.AddActor(self._actor)
        self._renderer.SetBackground(1.0, 1.0, 1.0)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._follow())
        self._watched: list[tuple[Any, int]] = []
        self._follow()

    def mrmlPlotViewNode(self) -> Any:
        return self._node

    def fitToContent(self) -> None:
        self.chart.RecalculateBounds()
        self.scheduleRender()

    def before_render(self) -> None:
        self.chart.ClearPlots()
        chart = self._node.GetPlotChartNode()
        self.chart.SetVisible(chart is not None)
        if chart is None:
            return
        self.chart.SetTitle((chart.GetTitleVisibility() and chart.GetTitle()) or "")
        self.chart.SetShowLegend(chart.GetLegendVisibility())
        for axis, title in ((vtk.vtkAxis.BOTTOM, chart.GetXAxisTitle()), (vtk.vtkAxis.LEFT, chart.GetYAxisTitle())):
            self.chart.GetAxis(axis).SetTitle(title or "")
        for series in _series_of(chart):
            table = series.GetTableNode()
            columns = [series.GetXColumnName(), series.GetYColumnName()]
            if table is None or not all(table.GetTable().GetColumnByName(name) for name in columns):
                continue
            line = self.chart.AddPlot(vtk.vtkChart.LINE)
            line.SetInputData(table.GetTable(), *columns)
            line.SetLabel(series.GetName())
            line.GetPen().SetColorF(*series.GetColor())
            line.SetWidth(series.GetLineWidth())
            style = series.GetMarkerStyle()
            line.SetMarkerStyle(vtk.vtkPlotPoints.NONE if style in (None, 0) else vtk.vtkPlotPoints.CIRCLE)
        self.chart.RecalculateBounds()

    def close_view(self) -> None:
        self._node.RemoveObserver(self._tag)
        self._unwatch()
        self.chart.ClearPlots()
        super().close_view()

    def _follow(self) -> None:
        """Watch the chart of the view, its series and their tables."""
        self._unwatch()
        chart = self._node.GetPlotChartNode()
        nodes = [] if chart is None else [chart, *_series_of(chart)]
        nodes += [series.GetTableNode() for series in nodes[1:] if series.GetTableNode() is not None]
        for number, node in enumerate(nodes):
            then = self._follow if number == 0 else self.scheduleRender
            self._watched.append((node, node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_, then=then: then())))
        self.scheduleRender()

    def _unwatch(self) -> None:
        for node, tag in self._watched:
            node.RemoveObserver(tag)
        self._watched = []


def _series_of(chart: Any) -> list[Any]:
    found = [chart.GetNthPlotSeriesNode(number) for number in range(chart.GetNumberOfPlotSeriesNodes())]
    return [series for series in found if series is not None]


class PlotWidget(QWidget):
    """The view and the bar above it."""

    def __init__(self, node: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"PlotWidget{node.GetLayoutName()}")
        self._view = PlotView(node, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(ControllerBar(node.GetLayoutLabel() or "P", _BAR_COLOR, self))
        layout.addWidget(self._view, 1)

    def plotView(self) -> PlotView:
        return self._view

    view = plotView

    def mrmlPlotViewNode(self) -> Any:
        return self._view.mrmlPlotViewNode()

    def close_view(self) -> None:
        self._view.close_view()
