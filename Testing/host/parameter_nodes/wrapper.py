"""@parameterNodeWrapper: a class whose annotated members live in a vtkMRMLScriptedModuleNode and in widgets.

Slicer: Base/Python/slicer/parameterNodeWrapper/wrapper.py. As there, connectGui looks for the dynamic property
SlicerParameterName, its observer of the node stays until the node goes, and connectParametersToGui returns the tag
that disconnectGui takes (the connectGui of Slicer 5.10 returns None).
"""

from __future__ import annotations

import typing
import weakref
from collections.abc import Callable
from typing import Any

import slicer
import vtk
from PySide6.QtWidgets import QWidget

from host.parameter_nodes.annotations import Default, first_of, split_annotations
from host.parameter_nodes.choice_of_storage import storage_of
from host.parameter_nodes.connectors import Connector, connector_of
from host.parameter_nodes.packs import isParameterPack, pack_data_type
from host.parameter_nodes.storage import Storage

SlicerParameterNamePropertyName = "SlicerParameterName"
_RESERVED = (
    "allParameters",
    "default",
    "isCached",
    "dataType",
    "getValue",
    "setValue",
    "connectGui",
    "connectParametersToGui",
    "disconnectGui",
    "StartModify",
    "EndModify",
    "AddObserver",
    "RemoveObserver",
    "Modified",
)


class Parameter:
    """The declaration of one member."""

    def __init__(self, owner: type, name: str, annotated: Any) -> None:
        kind, annotations = split_annotations(annotated)
        self.basename, self.unalteredType = name, annotated
        try:
            self.storage: Storage = storage_of(kind, annotations)
        except Exception as error:
            raise TypeError(f"member '{name}' of {owner.__name__}: {error}") from error
        given = first_of(annotations, Default)
        if hasattr(owner, name):
            self.default = Default(getattr(owner, name))
        else:
            self.default = given if given is not None else Default(self.storage.default())


class Value:
    """One member of one node; its value is kept until the node says that it was modified."""

    def __init__(self, parameter: Parameter, node: Any, prefix: str) -> None:
        self.parameter, self._node, self._name = parameter, node, f"{prefix}{parameter.basename}"
        if not parameter.storage.is_in(node, self._name):
            parameter.storage.write(node, self._name, parameter.default.value)
        self._kept: Any = None
        self._is_writing = False
        if parameter.storage.is_cached:
            self._kept = parameter.storage.read(node, self._name)
            me = weakref.ref(self)
            self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _refresh(me))

    def __del__(self) -> None:
        if hasattr(self, "_tag"):
            self._node.RemoveObserver(self._tag)

    def read(self) -> Any:
        return self._kept if self.parameter.storage.is_cached else self._fresh()

    def write(self, value: Any) -> None:
        self._is_writing = True
        try:
            with slicer.util.NodeModify(self._node):
                self.parameter.storage.write(self._node, self._name, value)
                self._kept = self._fresh()
        finally:
            self._is_writing = False

    def refresh(self) -> None:
        if not self._is_writing:
            self._kept = self._fresh()

    def _fresh(self) -> Any:
        if not self.parameter.storage.is_in(self._node, self._name):
            self.parameter.storage.write(self._node, self._name, self.parameter.default.value)
        return self.parameter.storage.read(self._node, self._name)


def _refresh(reference: Any) -> None:
    value = reference()
    if value is not None:
        value.refresh()


class Wrapper:
    """What the decorator adds to the class."""

    allParameters: dict[str, Parameter] = {}
    _is_parameter_node_wrapper = True

    def __init__(self, parameterNode: Any, prefix: str | None = None) -> None:
        self.parameterNode = parameterNode
        self._values = {
            name: Value(parameter, parameterNode, prefix or "") for name, parameter in self.allParameters.items()
        }
        self._guis: dict[int, dict[str, Connector]] = {}
        self._next_tag = 0
        self._is_updating = False

    def default(self, name: str) -> Default:
        return self._values[self._checked(name)].parameter.default

    def isCached(self, name: str) -> bool:
        return self._values[self._checked(name)].parameter.storage.is_cached

    @classmethod
    def dataType(cls, name: str) -> Any:
        top, _, rest = name.partition(".")
        if top not in cls.allParameters:
            raise ValueError(f"no parameter '{top}'; there are {sorted(cls.allParameters)}")
        annotated = cls.allParameters[top].unalteredType
        return pack_data_type(split_annotations(annotated)[0], rest) if rest else annotated

    def getValue(self, name: str) -> Any:
        top, _, rest = name.partition(".")
        value = self._values[self._checked(name)].read()
        return value.getValue(rest) if rest else value

    def setValue(self, name: str, value: Any) -> None:
        top, _, rest = name.partition(".")
        if rest:
            self._values[self._checked(name)].read().setValue(rest, value)
        else:
            self._values[self._checked(name)].write(value)

    def connectGui(self, gui: Any) -> None:
        """Tie every widget that has the property SlicerParameterName to its parameter, both ways."""
        widgets = gui.findChildren(QWidget) if isinstance(gui, QWidget) else list(vars(gui).values())
        named = {each.property(SlicerParameterNamePropertyName): each for each in widgets}
        self.connectParametersToGui({name: widget for name, widget in named.items() if name})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        for name in mapping:
            self._checked(name)
        connectors = {
            name: each if isinstance(each, Connector) else connector_of(each, self.dataType(name))
            for name, each in mapping.items()
        }
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._guis[tag] = connectors
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.on_changed(self._reader(name, connector))
        self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._update_guis())
        return tag

    def disconnectGui(self, tag: int | None) -> None:
        for connector in self._guis.pop(tag, {}).values() if tag is not None else ():
            connector.on_changed(None)

    def StartModify(self) -> Any:
        return self.parameterNode.StartModify()

    def EndModify(self, was_modified: Any) -> None:
        self.parameterNode.EndModify(was_modified)

    def AddObserver(self, event: Any, callback: Callable[..., None], priority: float = 0.0) -> int:
        return int(self.parameterNode.AddObserver(event, callback, priority))

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()

    def _checked(self, name: str) -> str:
        self.dataType(name)
        return name.partition(".")[0]

    def _reader(self, name: str, connector: Connector) -> Callable[[], None]:
        def read() -> None:
            if not self._is_updating:
                with slicer.util.NodeModify(self.parameterNode):
                    self.setValue(name, connector.read())

        return read

    def _update_guis(self) -> None:
        if self._is_updating:
            return
        self._is_updating = True
        try:
            with slicer.util.NodeModify(self.parameterNode):
                for connectors in list(self._guis.values()):
                    for name, connector in connectors.items():
                        connector.write(self.getValue(name))
        finally:
            self._is_updating = False


def parameterNodeWrapper(classtype: Any = None) -> Any:
    """Class decorator: the annotated members become values of the node that an instance is made with."""
    return _process if classtype is None else _process(classtype)


def isParameterNodeWrapper(thing: Any) -> bool:
    return bool(getattr(thing, "_is_parameter_node_wrapper", False))


def _process(classtype: Any) -> Any:
    members = typing.get_type_hints(classtype, include_extras=True)
    for name in (*members, *vars(classtype)):
        if name in _RESERVED:
            raise ValueError(f"'{name}' is a name of Slicer's in a parameterNodeWrapper")
    made = type(classtype.__name__, (classtype, Wrapper), {"__doc__": classtype.__doc__})
    made.__module__, made.__qualname__ = classtype.__module__, classtype.__qualname__
    made.__init__ = Wrapper.__init__  # type: ignore[misc]
    made.allParameters = {name: Parameter(classtype, name, kind) for name, kind in members.items()}
    for name in members:
        setattr(made, name, _member(name))
    return made


def _member(name: str) -> property:
    return property(lambda self: self._values[name].read(), lambda self, value: self._values[name].write(value))


__all__ = ["SlicerParameterNamePropertyName", "isParameterNodeWrapper", "isParameterPack", "parameterNodeWrapper"]
