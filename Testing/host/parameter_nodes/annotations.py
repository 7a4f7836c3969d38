"""What may stand in Annotated[...]: limits of a value, its default, how a spin box shows it.

Slicer: Base/Python/slicer/parameterNodeWrapper/validators.py, default.py, guiConnectors.py (Decimals, SingleStep).
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

_Kind = TypeVar("_Kind")


class Validator:
    """A rule for values; `validate` raises ValueError or TypeError."""

    def validate(self, value: Any) -> None:
        raise NotImplementedError


class NotNone(Validator):
    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("a value is needed, not None")


class IsNone(Validator):
    def validate(self, value: Any) -> None:
        if value is not None:
            raise ValueError(f"only None is taken, not {value!r}")


class IsInstance(Validator):
    def __init__(self, classtype: Any) -> None:
        self.classtype = classtype

    def validate(self, value: Any) -> None:
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"{value!r} is a {type(value)}; expected {self.classtype}")


class WithinRange(Validator):
    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} and {self.maximum}")


class Minimum(Validator):
    def __init__(self, minimum: float) -> None:
        self.minimum = minimum

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} is less than {self.minimum}")


class Maximum(Validator):
    def __init__(self, maximum: float) -> None:
        self.maximum = maximum

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"{value} is more than {self.maximum}")


class Choice(Validator):
    def __init__(self, choices: Iterable[Any]) -> None:
        self.choices = choices

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {self.choices}")


class Exclude(Validator):
    def __init__(self, excludedValues: Iterable[Any]) -> None:
        self.excludedValues = excludedValues

    def validate(self, value: Any) -> None:
        if value in self.excludedValues:
            raise ValueError(f"{value!r} is excluded")


class Default:
    """The value of a parameter that was never set; `generator` makes a fresh one each time."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        return self._value if self._generator is None else self._generator()


@dataclass
class Decimals:
    value: int


@dataclass
class SingleStep:
    value: float


def split_annotations(kind: Any) -> tuple[Any, list[Any]]:
    """The type itself and what was annotated to it, of an annotated type or a plain one."""
    plain, *annotations = typing.get_args(Annotated[kind, None])
    return plain, annotations[:-1]


def first_of(annotations: Iterable[Any], kind: type[_Kind]) -> _Kind | None:
    """The first annotation of a kind."""
    return next((each for each in annotations if isinstance(each, kind)), None)
