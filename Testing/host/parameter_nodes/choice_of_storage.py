"""Which storage a type has; a type without one is refused when the class is defined, as in Slicer.

Slicer: Base/Python/slicer/parameterNodeWrapper/serializers.py, createSerializer. Note that Slicer knows
`typing.Optional[X]` and `typing.Union[X, Y]` but not `X | Y` (types.UnionType): so does this.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Sequence
from typing import Any

import slicer

from host.parameter_nodes.annotations import Validator, split_annotations
from host.parameter_nodes.lists import DictStorage, ListStorage
from host.parameter_nodes.storage import (
    PATHS,
    BoolStorage,
    EnumStorage,
    NodeStorage,
    NoneStorage,
    NumberStorage,
    PathStorage,
    Storage,
    TextStorage,
    TupleStorage,
    UnionStorage,
)

_pack_storages: list[Callable[[Any], Storage | None]] = []


def register(make: Callable[[Any], Storage | None]) -> None:
    """Let another module (packs) offer a storage for types that are not known here."""
    _pack_storages.append(make)


def storage_of(kind: Any, annotations: Sequence[Any] = ()) -> Storage:
    """The storage of a type, with the validators among the annotations."""
    storage = _plain_storage(kind)
    storage.rules += [each for each in annotations if isinstance(each, Validator)]
    return storage


def _plain_storage(kind: Any) -> Storage:
    for make in _pack_storages:
        made = make(kind)
        if made is not None:
            return made
    if kind in (int, float):
        return NumberStorage(kind)
    if kind is str:
        return TextStorage()
    if kind is bool:
        return BoolStorage()
    if kind in PATHS:
        return PathStorage(kind)
    if kind is type(None):
        return NoneStorage()
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeStorage(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return EnumStorage(kind)
    return _generic_storage(kind)


def _generic_storage(kind: Any) -> Storage:
    parts = [storage_of(*split_annotations(each)) for each in typing.get_args(kind)]
    origin = typing.get_origin(kind)
    if origin is list and len(parts) == 1:
        return ListStorage(parts[0])
    if origin is dict and len(parts) == 2:
        return DictStorage(*parts)
    if origin is tuple and parts:
        return TupleStorage(parts)
    if origin is typing.Union:
        return UnionStorage(parts)
    raise TypeError(f"a parameter node cannot hold {kind}")
