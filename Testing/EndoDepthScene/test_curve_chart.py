"""Curves in a chart that grows."""

from __future__ import annotations

import numpy as np
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthScene.curve_chart import CurveChart
from EndoDepthScene.session import MrmlSession


def test_curves_grow_and_go() -> None:
    with MrmlSession() as session:
        before = session.scene.GetNumberOfNodes()
        chart = CurveChart(session.scene, "run", "step")
        chart.show({"step": [10.0], "loss": [0.5]})
        assert chart.curves == (), "a curve begins with its second point"
        chart.show({"step": [10.0, 20.0], "loss": [0.5, 0.25], "dice": [np.nan, 0.7]})
        assert chart.curves == ("loss", "dice") and chart.node.GetNumberOfPlotSeriesNodes() == 2
        first, second = (chart.node.GetNthPlotSeriesNode(number) for number in range(2))
        assert (first.GetXColumnName(), first.GetYColumnName()) == ("step", "loss")
        assert first.GetTableNode() is chart.table and second.GetColor() != first.GetColor()
        column = chart.table.GetTable().GetColumnByName("loss")
        assert vtk_to_numpy(column).tolist() == [0.5, 0.25]
        chart.remove()
        assert session.scene.GetNumberOfNodes() == before
