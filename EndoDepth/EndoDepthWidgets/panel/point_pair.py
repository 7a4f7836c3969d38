"""Two points that the user clicks in a view, as a list of markups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slicer.i18n import tr as _

from EndoDepthWidgets.panel.placing import begin_placing, is_placing, stop_placing

POINTS = "EndoDepthPanel.Points"
_CLASS = "vtkMRMLMarkupsFiducialNode"


class PointPair:
    """A point list of at most two points; `changed` is called when one of them is placed, moved or removed.

    The list belongs to the scene and is saved with it.
    """

    def __init__(self, scene: Any, changed: Callable[[], None]) -> None:
        self._scene = scene
        self._changed = changed
        self._node: Any = None
        self._tags: list[int] = []

    @property
    def is_placing(self) -> bool:
        """Whether the next click in a view places one of the two points."""
        return is_placing(self._node)

    @property
    def node(self) -> Any:
        """The vtkMRMLMarkupsFiducialNode of the points, None before the first."""
        return self._find()

    @property
    def positions(self) -> list[tuple[float, float, float]]:
        """The placed points (R, A, S), none to two."""
        node = self._find()
        if node is None:
            return []
        found = []
        for number in range(node.GetNumberOfControlPoints()):
            if node.GetNthControlPointPositionStatus(number) == node.PositionDefined:
                point = [0.0] * 3
                node.GetNthControlPointPositionWorld(number, point)
                found.append((point[0], point[1], point[2]))
        return found

    def begin(self) -> None:
        """Take away what was placed; the next two clicks in a view place points."""
        node = self._find() or self._make()
        node.RemoveAllControlPoints()
        begin_placing(node)

    def stop(self) -> None:
        """Place no more points."""
        stop_placing(self._node)

    def clear(self) -> None:
        """Remove the points and their list."""
        node = self._find()
        self.close()
        if node is not None:
            self._scene.RemoveNode(node)

    def close(self) -> None:
        """Let go of the list, which stays in the scene."""
        self.stop()
        if self._node is not None:
            for tag in self._tags:
                self._node.RemoveObserver(tag)
        self._node, self._tags = None, []

    def _find(self) -> Any:
        if self._node is not None and self._node.GetScene() is not self._scene:
            self._node, self._tags = None, []  # removed by hand
        if self._node is None:
            for number in range(self._scene.GetNumberOfNodesByClass(_CLASS)):
                node = self._scene.GetNthNodeByClass(number, _CLASS)
                if node.GetAttribute(POINTS):
                    self._observe(node)
                    break
        return self._node

    def _make(self) -> Any:
        node = self._scene.AddNewNodeByClass(_CLASS, _("Distance"))
        node.SetAttribute(POINTS, "distance")
        node.SetMaximumNumberOfControlPoints(2)
        node.SetControlPointLabelFormat("%d")
        node.CreateDefaultDisplayNodes()
        self._observe(node)
        return node

    def _observe(self, node: Any) -> None:
        self._node = node
        events = (node.PointPositionDefinedEvent, node.PointModifiedEvent, node.PointRemovedEvent)
        self._tags = [node.AddObserver(event, self._on_points) for event in events]

    def _on_points(self, _caller: Any, _event: Any) -> None:
        if len(self.positions) == 2:
            self.stop()
        self._changed()
