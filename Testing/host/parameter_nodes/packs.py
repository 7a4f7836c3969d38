"""@parameterPack: several values under one name of a parameter node (`p.member`).

Slicer: Base/Python/slicer/parameterNodeWrapper/parameterPack.py.
"""

from __future__ import annotations

import typing
from typing import Any

import slicer

from host.parameter_nodes.annotations import Default, IsInstance, NotNone, first_of, split_annotations
from host.parameter_nodes.choice_of_storage import register, storage_of
from host.parameter_nodes.storage import Storage


class PackStorage(Storage):
    """Each member is stored as its own type is, under `p.member`."""

    is_cached = False

    def __init__(self, kind: Any) -> None:
        super().__init__(NotNone(), IsInstance(kind))
        self._kind = kind

    def default(self) -> Any:
        return self._kind()

    def put(self, node: Any, name: str, value: Any) -> None:
        with slicer.util.NodeModify(node):
            for member, storage in self._kind._storages.items():
                storage.write(node, f"{name}.{member}", getattr(value, member))

    def read(self, node: Any, name: str) -> Any:
        members = self._kind._storages.items()
        pack = self._kind(**{member: storage.read(node, f"{name}.{member}") for member, storage in members})
        pack._observer = lambda: self.put(node, name, pack)
        return pack

    def is_in(self, node: Any, name: str) -> bool:
        member, storage = next(iter(self._kind._storages.items()))
        return bool(storage.is_in(node, f"{name}.{member}"))

    def remove(self, node: Any, name: str) -> None:
        for member, storage in self._kind._storages.items():
            storage.remove(node, f"{name}.{member}")


def parameterPack(classtype: Any = None) -> Any:
    """Class decorator: typed members with defaults, made by keyword, comparable, stored under one name."""
    return _process if classtype is None else _process(classtype)


def isParameterPack(thing: Any) -> bool:
    return bool(getattr(thing, "_is_parameterPack", False))


def pack_data_type(kind: Any, name: str) -> Any:
    """The annotated type of a member `a` or `a.b` of a pack."""
    top, _, rest = name.partition(".")
    if top not in kind._types:
        raise ValueError(f"{kind.__name__} has no member '{top}'")
    return pack_data_type(split_annotations(kind._types[top])[0], rest) if rest else kind._types[top]


def _process(classtype: Any) -> Any:
    types = typing.get_type_hints(classtype, include_extras=True)
    if not types:
        raise ValueError(f"{classtype.__name__} has no members")
    storages, defaults = {}, {}
    for name, annotated in types.items():
        kind, annotations = split_annotations(annotated)
        storages[name] = storage_of(kind, annotations)
        given = first_of(annotations, Default)
        made = given if given is not None else Default(generator=storages[name].default)
        defaults[name] = Default(getattr(classtype, name)) if hasattr(classtype, name) else made
        storages[name].validate(defaults[name].value)
        setattr(classtype, name, _member(name, storages[name]))
    classtype._types, classtype._storages, classtype._is_parameterPack = types, storages, True
    classtype._observer = None
    classtype.__init__ = _make_init(defaults)
    classtype.__eq__ = lambda self, other: type(self) is type(other) and _values(self) == _values(other)
    classtype.__hash__ = None
    classtype.__repr__ = lambda self: f"{classtype.__name__}({_values(self)})"
    classtype.dataType = staticmethod(lambda name: pack_data_type(classtype, name))
    classtype.getValue, classtype.setValue = _get_value, _set_value
    return classtype


def _make_init(defaults: dict[str, Default]) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        given = dict(zip(defaults, args, strict=False)) | kwargs
        unknown = set(given) - set(defaults)
        if unknown:
            raise TypeError(f"no member of {type(self).__name__}: {sorted(unknown)}")
        for name, default in defaults.items():
            setattr(self, name, given.get(name, default.value) if name in given else default.value)

    return init


def _member(name: str, storage: Storage) -> property:
    def write(self: Any, value: Any) -> None:
        storage.validate(value)
        setattr(self, f"_value_of_{name}", value)
        if isParameterPack(value):
            value._observer = lambda: self._observer() if self._observer is not None else None
        if self._observer is not None:
            self._observer()

    return property(lambda self: getattr(self, f"_value_of_{name}"), write)


def _values(pack: Any) -> dict[str, Any]:
    return {name: getattr(pack, name) for name in pack._storages}


def _get_value(pack: Any, name: str) -> Any:
    top, _, rest = name.partition(".")
    return _get_value(getattr(pack, top), rest) if rest else getattr(pack, top)


def _set_value(pack: Any, name: str, value: Any) -> None:
    top, _, rest = name.partition(".")
    if rest:
        _set_value(getattr(pack, top), rest, value)
    else:
        setattr(pack, top, value)


register(lambda kind: PackStorage(kind) if isParameterPack(kind) else None)
