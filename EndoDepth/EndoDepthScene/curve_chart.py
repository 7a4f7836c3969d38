"""Curves of a running computation as Slicer shows them: a table, a series for each of its columns, and a chart."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from EndoDepthScene.kinds import KIND

CHART, CURVES_TABLE = "CurveChart", "CurveTable"
_GOLDEN_RATIO = 0.618034


class CurveChart:
    """A chart in a scene whose curves grow; `remove()` takes it out again.

    x: the name of the column that all curves are drawn over. Nodes are not saved with the scene: curves lie on disk.
    """

    def __init__(self, scene: Any, name: str, x: str) -> None:
        self._scene, self._x = scene, x
        self._series: dict[str, Any] = {}
        self.table = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{name} curves")
        self.table.SetAttribute(KIND, CURVES_TABLE)
        self.node = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", name)
        self.node.SetAttribute(KIND, CHART)
        self.node.SetTitle(name)
        self.node.SetXAxisTitle(x)
        for node in (self.table, self.node):
            node.SetSaveWithScene(False)

    @property
    def curves(self) -> tuple[str, ...]:
        """The names of the curves."""
        return tuple(self._series)

    def show(self, columns: Mapping[str, Sequence[float] | np.ndarray]) -> None:
        """Draw these columns, all of one length, the x column among them; NaN = no value there."""
        modified = self.table.StartModify()
        content = vtk.vtkTable()
        for name, values in columns.items():
            array = numpy_to_vtk(np.asarray(values, np.float64), deep=True)
            array.SetName(name)
            content.AddColumn(array)
        self.table.SetAndObserveTable(content)
        self.table.EndModify(modified)
        if len(columns[self._x]) < 2:  # a curve begins with its second point
            return
        for name in columns:
            if name != self._x and name not in self._series:
                self._add_series(name)

    def remove(self) -> None:
        """Take chart, series and table out of the scene."""
        for node in (self.node, *self._series.values(), self.table):
            if node.GetScene() is not None:
                self._scene.RemoveNode(node)
        self._series.clear()

    def _add_series(self, name: str) -> None:
        node = slicer.vtkMRMLPlotSeriesNode()
        node.SetName(name)
        node.SetSaveWithScene(False)
        node.SetPlotType(slicer.vtkMRMLPlotSeriesNode.PlotTypeScatter)
        node.SetMarkerStyle(slicer.vtkMRMLPlotSeriesNode.MarkerStyleNone)
        node.SetLineWidth(2.0)
        node.SetColor(*colorsys.hsv_to_rgb((0.58 + _GOLDEN_RATIO * len(self._series)) % 1.0, 0.85, 0.75))
        node.SetXColumnName(self._x)
        node.SetYColumnName(name)
        node.SetAndObserveTableNodeID(self.table.GetID())
        self._scene.AddNode(node)
        self._series[name] = node
        self.node.AddAndObservePlotSeriesNodeID(node.GetID())
