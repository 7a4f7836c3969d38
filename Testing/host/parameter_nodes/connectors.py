"""Which widget shows which type of parameter, and how; any other pair is refused, as in Slicer.

Slicer: Base/Python/slicer/parameterNodeWrapper/guiConnectors.py: check box and checkable push button for bool; slider
and spin box for int; double spin box and ctkSliderWidget for float; combo box for an Enum (its `label()` or its names)
or a Choice; line edit and text edit for str; ctkPathLineEdit and ctkDirectoryButton for paths; qMRMLNodeComboBox for
nodes. The class of the widget must match exactly.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from typing import Any

import slicer
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QPushButton, QSlider, QSpinBox, QTextEdit

from host.parameter_nodes.annotations import (
    Choice,
    Decimals,
    Maximum,
    Minimum,
    SingleStep,
    WithinRange,
    first_of,
    split_annotations,
)
from host.parameter_nodes.storage import PATHS
from host.widgets.ctkPathLineEdit import ctkPathLineEdit
from host.widgets.ctkSliderWidget import ctkSliderWidget
from host.widgets.qMRMLNodeComboBox import qMRMLNodeComboBox


class Connector:
    """Ties one widget to one parameter: through a property of the widget and the signal of its change."""

    def __init__(self, widget: Any, name: str, signal: str) -> None:
        self._widget, self._name, self._signal = widget, name, signal
        self._callback: Callable[[], None] | None = None

    def widget(self) -> Any:
        return self._widget

    def on_changed(self, callback: Callable[[], None] | None) -> None:
        """Call this when the widget changes; None: no more."""
        signal = getattr(self._widget, self._signal)
        if callback is None and self._callback is not None:
            signal.disconnect(self._changed)
        elif callback is not None and self._callback is None:
            signal.connect(self._changed)
        self._callback = callback

    def read(self) -> Any:
        return self._widget.property(self._name)

    def write(self, value: Any) -> None:
        self._widget.setProperty(self._name, value)

    def _changed(self, *_arguments: Any) -> None:
        if self._callback is not None:
            self._callback()


class PathConnector(Connector):
    def __init__(self, widget: Any, name: str, signal: str, kind: Any) -> None:
        super().__init__(widget, name, signal)
        self._kind = kind

    def read(self) -> Any:
        return self._kind(self._widget.property(self._name))

    def write(self, value: Any) -> None:
        self._widget.setProperty(self._name, str(value))


class PlainTextConnector(Connector):
    def read(self) -> Any:
        return self._widget.toPlainText()

    def write(self, value: Any) -> None:
        self._widget.setPlainText(value)


class ItemConnector(Connector):
    """A combo box that is filled with the values that can be chosen."""

    def __init__(self, widget: Any, items: list[tuple[str, Any]]) -> None:
        super().__init__(widget, "currentIndex", "currentIndexChanged")
        self._values = [value for _, value in items]
        widget.clear()
        for label, _ in items:
            widget.addItem(label)

    def read(self) -> Any:
        return self._values[self._widget.currentIndex()]

    def write(self, value: Any) -> None:
        if value not in self._values:
            raise ValueError(f"{value!r} is none of {self._values}")
        self._widget.setCurrentIndex(self._values.index(value))


class NodeConnector(Connector):
    def __init__(self, widget: Any, kinds: list[type]) -> None:
        super().__init__(widget, "currentNodeID", "currentNodeChanged")
        # As Slicer does: it makes an object to learn the name of the class, so an abstract class (vtkMRMLVolumeNode)
        # raises TypeError here and there.
        widget.nodeTypes = [_class_name(kind) for kind in kinds]

    def read(self) -> Any:
        return self._widget.currentNode()

    def write(self, value: Any) -> None:
        self._widget.setCurrentNode(value)


def connector_of(widget: Any, annotated: Any) -> Connector:
    """The connector for a widget and a type. Raises RuntimeError when Slicer has none for the pair."""
    kind, annotations = split_annotations(annotated)
    of_widget = type(widget)
    nodes = _node_classes(kind)
    if kind is bool and of_widget is QCheckBox:
        return Connector(widget, "checked", "toggled")
    if kind is bool and of_widget is QPushButton:
        widget.setCheckable(True)
        return Connector(widget, "checked", "toggled")
    if kind is int and of_widget in (QSlider, QSpinBox):
        return _number(widget, annotations, of_widget is QSlider, (-(2**31), 2**31 - 1))
    if kind is float and of_widget in (QDoubleSpinBox, ctkSliderWidget):
        return _number(widget, annotations, of_widget is ctkSliderWidget, (float("-inf"), float("inf")))
    if of_widget is QComboBox and isinstance(kind, type) and issubclass(kind, enum.Enum):
        return ItemConnector(widget, [(each.label() if hasattr(kind, "label") else each.name, each) for each in kind])
    choice = first_of(annotations, Choice)
    if of_widget is QComboBox and kind in (int, float, str, bool) and choice is not None:
        return ItemConnector(widget, [(str(each), each) for each in choice.choices])
    if kind is str and of_widget is QLineEdit:
        return Connector(widget, "text", "textChanged")
    if kind is str and of_widget is QTextEdit:
        return PlainTextConnector(widget, "plainText", "textChanged")
    if kind in PATHS and of_widget is ctkPathLineEdit:
        return PathConnector(widget, "currentPath", "currentPathChanged", kind)
    if nodes and of_widget is qMRMLNodeComboBox:
        return NodeConnector(widget, nodes)
    raise RuntimeError(f"Slicer has no connection between {annotated} and a {of_widget.__name__}")


def _number(widget: Any, annotations: list[Any], must_be_bounded: bool, limits: tuple[float, float]) -> Connector:
    for annotation, name in ((Decimals, "decimals"), (SingleStep, "singleStep")):
        given = first_of(annotations, annotation)
        if given is not None:
            widget.setProperty(name, given.value)
    within = first_of(annotations, WithinRange)
    least, most = first_of(annotations, Minimum), first_of(annotations, Maximum)
    if must_be_bounded and within is None and (least is None or most is None):
        raise RuntimeError(f"a {type(widget).__name__} needs a bounded number (WithinRange)")
    low = within.minimum if within is not None else least.minimum if least is not None else limits[0]
    high = within.maximum if within is not None else most.maximum if most is not None else limits[1]
    widget.setProperty("minimum", low)
    widget.setProperty("maximum", high)
    return Connector(widget, "value", "valueChanged")


def _node_classes(kind: Any) -> list[type]:
    kinds = typing.get_args(kind) if typing.get_origin(kind) is typing.Union else (kind,)
    plain = [split_annotations(each)[0] for each in kinds]
    nodes = [each for each in plain if isinstance(each, type) and issubclass(each, slicer.vtkMRMLNode)]
    return nodes if all(each in nodes or each is type(None) for each in plain) else []


def _class_name(kind: type) -> str:
    return str(kind().GetClassName())
