"""How a value of each type is written into the strings and references of a vtkMRMLScriptedModuleNode.

Slicer: Base/Python/slicer/parameterNodeWrapper/serializers.py. Names under parameter `p`: scalars `p`; a node an empty
`p` and a node reference `p`; a list `p_len`, `p_0`, `p_1` ...; a tuple `p_0`, `p_1`; a union `p_<place of its type>`.
"""

from __future__ import annotations

import enum
import pathlib
from typing import Any

import slicer

from host.parameter_nodes.annotations import IsInstance, IsNone, NotNone, Validator

PATHS = (
    pathlib.Path,
    pathlib.PosixPath,
    pathlib.WindowsPath,
    pathlib.PurePath,
    pathlib.PurePosixPath,
    pathlib.PureWindowsPath,
)


class Storage:
    """Reads and writes values of one type. `is_cached`: whether what was read stays valid until the node changes."""

    is_cached = True

    def __init__(self, *rules: Validator) -> None:
        self.rules = list(rules)

    def validate(self, value: Any) -> None:
        for rule in self.rules:
            rule.validate(value)

    def write(self, node: Any, name: str, value: Any) -> None:
        """Write a value; nothing is written when it breaks a rule."""
        self.validate(value)
        self.put(node, name, value)

    def default(self) -> Any:
        raise NotImplementedError

    def put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, str(value))

    def read(self, node: Any, name: str) -> Any:
        raise NotImplementedError

    def is_in(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(name))

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)


class NumberStorage(Storage):
    def __init__(self, kind: type) -> None:
        super().__init__(NotNone(), IsInstance((int, float) if kind is float else int))
        self._kind = kind

    def default(self) -> Any:
        return 0

    def read(self, node: Any, name: str) -> Any:
        return self._kind(node.GetParameter(name))


class TextStorage(Storage):
    def __init__(self) -> None:
        super().__init__(NotNone(), IsInstance(str))

    def default(self) -> str:
        return ""

    def read(self, node: Any, name: str) -> str:
        return str(node.GetParameter(name))


class PathStorage(Storage):
    def __init__(self, kind: type) -> None:
        super().__init__(NotNone(), IsInstance(kind))
        self._kind = kind

    def default(self) -> Any:
        return self._kind()

    def read(self, node: Any, name: str) -> Any:
        return self._kind(node.GetParameter(name))


class BoolStorage(Storage):
    def __init__(self) -> None:
        super().__init__(NotNone(), IsInstance(bool))

    def default(self) -> bool:
        return False

    def put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "True" if value else "False")

    def read(self, node: Any, name: str) -> bool:
        return bool(node.GetParameter(name) == "True")


class EnumStorage(Storage):
    def __init__(self, kind: type[enum.Enum]) -> None:
        super().__init__(IsInstance(kind))
        if not len(kind):
            raise ValueError(f"{kind} has no members")
        self._kind = kind

    def default(self) -> enum.Enum:
        return next(iter(self._kind))

    def put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, value.name)

    def read(self, node: Any, name: str) -> enum.Enum:
        text = node.GetParameter(name)
        if text not in self._kind.__members__:
            raise ValueError(f"{text!r} in the parameter node is no name of {self._kind}")
        return self._kind[text]


class NodeStorage(Storage):
    def __init__(self, kind: type) -> None:
        super().__init__(IsInstance(kind))

    def default(self) -> None:
        return None

    def put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, None if value is None else value.GetID())

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        node.UnsetParameter(name)
        node.RemoveNodeReferenceIDs(name)


class NoneStorage(Storage):
    def __init__(self) -> None:
        super().__init__(IsNone())

    def default(self) -> None:
        return None

    def put(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "True")

    def read(self, node: Any, name: str) -> None:
        return None


class TupleStorage(Storage):
    def __init__(self, parts: list[Storage]) -> None:
        super().__init__()
        self._parts = parts
        self.is_cached = all(part.is_cached for part in parts)

    def default(self) -> tuple[Any, ...]:
        return tuple(part.default() for part in self._parts)

    def put(self, node: Any, name: str, value: Any) -> None:
        with slicer.util.NodeModify(node):
            for place, (part, each) in enumerate(zip(self._parts, value, strict=True)):
                part.write(node, f"{name}_{place}", each)

    def read(self, node: Any, name: str) -> tuple[Any, ...]:
        return tuple(part.read(node, f"{name}_{place}") for place, part in enumerate(self._parts))

    def is_in(self, node: Any, name: str) -> bool:
        return self._parts[0].is_in(node, f"{name}_0")

    def remove(self, node: Any, name: str) -> None:
        for place, part in enumerate(self._parts):
            part.remove(node, f"{name}_{place}")


class UnionStorage(Storage):
    """One of several types; Optional[X] has None as its default."""

    def __init__(self, parts: list[Storage]) -> None:
        super().__init__()
        self._parts = parts
        self.is_cached = all(part.is_cached for part in parts)

    def default(self) -> Any:
        is_optional = len(self._parts) == 2 and isinstance(self._parts[1], NoneStorage)
        return None if is_optional else self._parts[0].default()

    def put(self, node: Any, name: str, value: Any) -> None:
        place = self._place(value)
        with slicer.util.NodeModify(node):
            self.remove(node, name)
            self._parts[place].write(node, f"{name}_{place}", value)

    def read(self, node: Any, name: str) -> Any:
        for place, part in enumerate(self._parts):
            if part.is_in(node, f"{name}_{place}"):
                return part.read(node, f"{name}_{place}")
        raise KeyError(name)

    def is_in(self, node: Any, name: str) -> bool:
        return any(part.is_in(node, f"{name}_{place}") for place, part in enumerate(self._parts))

    def remove(self, node: Any, name: str) -> None:
        for place, part in enumerate(self._parts):
            part.remove(node, f"{name}_{place}")

    def _place(self, value: Any) -> int:
        refusal: Exception | None = None
        for place, part in enumerate(self._parts):
            if (value is None) is not isinstance(part, NoneStorage):
                continue
            try:
                part.validate(value)
            except (TypeError, ValueError) as error:
                refusal = error
            else:
                return place
        raise refusal if refusal is not None else TypeError(f"{value!r} is of no type of the union")
