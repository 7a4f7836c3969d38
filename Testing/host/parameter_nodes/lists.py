"""Lists and dictionaries of a parameter node: what is changed in them is written to the node at once.

Slicer: Base/Python/slicer/parameterNodeWrapper/serializers.py, ListSerializer, ObservedList, DictSerializer.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, MutableSequence
from typing import Any

import slicer

from host.parameter_nodes.storage import NumberStorage, Storage, TupleStorage


class ListStorage(Storage):
    """`p_len` holds the length; `p_0`, `p_1`, ... the items, each as its own type is stored."""

    def __init__(self, item: Storage) -> None:
        super().__init__()
        self._item = item
        self._length = NumberStorage(int)
        self.is_cached = item.is_cached

    def default(self) -> list[Any]:
        return []

    def put(self, node: Any, name: str, value: Any) -> None:
        values = list(value)
        for each in values:
            self._item.validate(each)
        before = self._count(node, name)
        with slicer.util.NodeModify(node):
            for place, each in enumerate(values):
                self._item.write(node, f"{name}_{place}", each)
            for place in range(len(values), before):
                self._item.remove(node, f"{name}_{place}")
            self._length.write(node, f"{name}_len", len(values))

    def read(self, node: Any, name: str) -> ObservedList:
        places = range(self._count(node, name))
        return ObservedList(node, self, name, [self._item.read(node, f"{name}_{place}") for place in places])

    def is_in(self, node: Any, name: str) -> bool:
        return self._length.is_in(node, f"{name}_len")

    def remove(self, node: Any, name: str) -> None:
        with slicer.util.NodeModify(node):
            for place in range(self._count(node, name)):
                self._item.remove(node, f"{name}_{place}")
            self._length.remove(node, f"{name}_len")

    def _count(self, node: Any, name: str) -> int:
        return self._length.read(node, f"{name}_len") if self.is_in(node, name) else 0


class ObservedList(MutableSequence[Any]):
    """A list whose changes go to the node; it cannot be added to another one, as in Slicer."""

    def __init__(self, node: Any, storage: ListStorage, name: str, values: list[Any]) -> None:
        self._node, self._storage, self._name, self._list = node, storage, name, values

    def __repr__(self) -> str:
        return f"ObservedList({self._list})"

    def __eq__(self, other: object) -> bool:
        return self._list == (other._list if isinstance(other, ObservedList) else other)

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, place: Any) -> Any:
        return self._list[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self._list[place] = value
        self._save()

    def __delitem__(self, place: Any) -> None:
        del self._list[place]
        self._save()

    def insert(self, index: int, value: Any) -> None:
        self._list.insert(index, value)
        self._save()

    def __iadd__(self, values: Iterable[Any]) -> ObservedList:
        self._list += values
        self._save()
        return self

    def __add__(self, other: Any) -> Any:
        raise NotImplementedError("an ObservedList cannot be added to; += can")

    __radd__ = __add__

    def _save(self) -> None:
        try:
            self._storage.write(self._node, self._name, self._list)
        finally:
            self._list = self._storage.read(self._node, self._name)._list


class DictStorage(Storage):
    """A list of (key, value) tuples."""

    def __init__(self, key: Storage, value: Storage) -> None:
        super().__init__()
        self._pairs = ListStorage(TupleStorage([key, value]))
        self.is_cached = self._pairs.is_cached

    def default(self) -> dict[Any, Any]:
        return {}

    def put(self, node: Any, name: str, value: Any) -> None:
        self._pairs.write(node, name, value.items())

    def read(self, node: Any, name: str) -> ObservedDict:
        return ObservedDict(node, self, name, dict(self._pairs.read(node, name)))

    def is_in(self, node: Any, name: str) -> bool:
        return self._pairs.is_in(node, name)

    def remove(self, node: Any, name: str) -> None:
        self._pairs.remove(node, name)


class ObservedDict(MutableMapping[Any, Any]):
    """A dictionary whose changes go to the node."""

    def __init__(self, node: Any, storage: DictStorage, name: str, values: dict[Any, Any]) -> None:
        self._node, self._storage, self._name, self._dict = node, storage, name, values

    def __eq__(self, other: object) -> bool:
        return self._dict == (other._dict if isinstance(other, ObservedDict) else other)

    def __len__(self) -> int:
        return len(self._dict)

    def __iter__(self) -> Any:
        return iter(self._dict)

    def __getitem__(self, key: Any) -> Any:
        return self._dict[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._dict[key] = value
        self._storage.write(self._node, self._name, self._dict)

    def __delitem__(self, key: Any) -> None:
        del self._dict[key]
        self._storage.write(self._node, self._name, self._dict)
