"""Landmarks that belong together: a point list on the seen surface and one in the CT, paired by their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import KIND, nodes_of_kind
from EndoDepthScene.placement import RAS_FROM_CAMERA

ON_SEEN, IN_CT = "LandmarksSeen", "LandmarksCT"
_CLASS = "vtkMRMLMarkupsFiducialNode"
_COLORS = {ON_SEEN: (1.0, 0.75, 0.1), IN_CT: (0.2, 0.75, 1.0)}


class LandmarkLists:
    """The two point lists of a scene. Points on the surface move with an aligned case."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene

    def node(self, side: str) -> Any:
        """The vtkMRMLMarkupsFiducialNode of a side, None before its first point."""
        return next(nodes_of_kind(self._scene, _CLASS, side), None)

    def make(self, side: str, name: str, view: CaseView | None) -> Any:
        """The point list of a side, made when it is not there; that of the surface goes with the case."""
        node = self.node(side)
        if node is None:
            node = self._scene.AddNewNodeByClass(_CLASS, name)
            node.SetAttribute(KIND, side)
            node.SetControlPointLabelFormat("%d")
            node.CreateDefaultDisplayNodes()
            node.GetDisplayNode().SetSelectedColor(*_COLORS[side])
            node.GetDisplayNode().SetColor(*_COLORS[side])
        if side == ON_SEEN and view is not None:
            CaseAlignment(view).hold([node])
        return node

    def nodes(self) -> list[Any]:
        """The lists that are there."""
        return [node for node in map(self.node, (ON_SEEN, IN_CT)) if node is not None]

    def count(self, side: str) -> int:
        """How many points of a side are placed."""
        return len(list(self._points(side)))

    def surface_points(self) -> np.ndarray:
        """(K, 3) points on the seen surface in the case's camera space (OpenCV axes)."""
        return _lps(self._points(ON_SEEN, local=True))

    def ct_points(self) -> np.ndarray:
        """(K, 3) points in the CT, LPS millimetres."""
        return _lps(self._points(IN_CT))

    def remove(self) -> None:
        """Take both lists out of the scene."""
        for node in self.nodes():
            self._scene.RemoveNode(node)

    def _points(self, side: str, local: bool = False) -> Iterator[list[float]]:
        node = self.node(side)
        for number in range(0 if node is None else node.GetNumberOfControlPoints()):
            if node.GetNthControlPointPositionStatus(number) == node.PositionDefined:
                point = [0.0] * 3
                if local:
                    node.GetNthControlPointPosition(number, point)
                else:
                    node.GetNthControlPointPositionWorld(number, point)
                yield point


def _lps(points: Iterator[list[float]]) -> np.ndarray:
    ras = np.array(list(points), np.float64).reshape(-1, 3)
    lps: np.ndarray = ras @ RAS_FROM_CAMERA
    return lps
