"""A node that a widget watches; it lets go by itself when the node leaves its scene or the widget is gone."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import slicer
from shiboken6 import isValid


class ObservedNode:
    def __init__(self, event: int, changed: Callable[[], None]) -> None:
        self.node: Any = None
        self._event = event
        self._changed = weakref.WeakMethod(changed)  # type: ignore[arg-type]
        self._tags: list[tuple[Any, int]] = []

    def set(self, node: Any) -> None:
        """Watch this node, and no other one; None: nothing."""
        for watched, tag in self._tags:
            watched.RemoveObserver(tag)
        self.node, self._tags = node, []
        if node is not None:
            me = weakref.ref(self)
            self._tags.append((node, node.AddObserver(self._event, lambda *_: _tell(me))))
            scene = node.GetScene()
            if scene is not None:
                tag = scene.AddObserver(slicer.vtkMRMLScene.EndCloseEvent, lambda *_: _forget_gone(me))
                self._tags.append((scene, tag))

    def tell(self) -> None:
        changed = self._changed()
        if changed is not None and isValid(changed.__self__):
            changed()


def _tell(reference: Any) -> None:
    observed = reference()
    if observed is not None:
        observed.tell()


def _forget_gone(reference: Any) -> None:
    observed = reference()
    if observed is not None and observed.node is not None and observed.node.GetScene() is None:
        observed.set(None)
        observed.tell()
