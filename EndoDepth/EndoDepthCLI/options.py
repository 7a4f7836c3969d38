"""Command-line arguments from frozen dataclasses: one field an argument, its help beside it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

Options = TypeVar("Options")


@dataclass(frozen=True)
class _Argument:
    """What argparse has to know of one field."""

    help: str
    parse: Callable[[str], Any] = str
    metavar: str | tuple[str, ...] | None = None
    positional: bool = False
    repeated: bool = False
    choices: tuple[str, ...] | None = None
    flag: str | None = None
    count: str | None = None


def positional(
    help: str, *, parse: Callable[[str], Any] = str, metavar: str | None = None, choices: tuple[str, ...] | None = None
) -> Any:
    """A field given by its place on the command line."""
    return field(metadata={"argument": _Argument(help, parse, metavar, positional=True, choices=choices)})


def several(help: str, *, metavar: str, least: int = 1) -> Any:
    """A tuple of strings given by their place: at least one, or (least 0) any number."""
    return field(metadata={"argument": _Argument(help, metavar=metavar, positional=True, count="+" if least else "*")})


def required(help: str, *, parse: Callable[[str], Any] = str, metavar: str | None = None) -> Any:
    """A field that must be given as --name VALUE."""
    return field(metadata={"argument": _Argument(help, parse, metavar)})


def option(
    help: str,
    *,
    default: Any = None,
    parse: Callable[[str], Any] = str,
    metavar: str | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A field that may be given as --name VALUE."""
    return field(default=default, metadata={"argument": _Argument(help, parse, metavar, choices=choices)})


def switch(help: str) -> Any:
    """A field that is True when --name is given."""
    return field(default=False, metadata={"argument": _Argument(help)})


def repeated(help: str, *, flag: str, metavar: str | tuple[str, ...] | None = None) -> Any:
    """A tuple of strings, one for each --flag VALUE; where metavar is several names, a tuple of that many strings."""
    return field(default=(), metadata={"argument": _Argument(help, metavar=metavar, repeated=True, flag=flag)})


def group(title: str, options_type: type) -> Any:
    """A field that holds another options dataclass, shown under its own title in the help."""
    return field(metadata={"group": (title, options_type)})


def add_arguments(parser: argparse._ActionsContainer, options_type: type) -> None:
    """Give the parser one argument for each field of the dataclass `options_type`, groups included."""
    for each in fields(options_type):
        if "group" in each.metadata:
            title, nested_type = each.metadata["group"]
            add_arguments(parser.add_argument_group(title), nested_type)
            continue
        argument: _Argument = each.metadata["argument"]
        if argument.positional:
            parser.add_argument(
                each.name,
                help=argument.help,
                type=argument.parse,
                metavar=argument.metavar,
                choices=argument.choices,
                nargs=argument.count,
            )
            continue
        flag = argument.flag or "--" + each.name.replace("_", "-")
        if argument.repeated:
            parser.add_argument(
                flag,
                dest=each.name,
                action="append",
                default=[],
                help=argument.help,
                metavar=argument.metavar,
                nargs=len(argument.metavar) if isinstance(argument.metavar, tuple) else None,
            )
        elif each.default is False:
            parser.add_argument(flag, dest=each.name, action="store_true", help=argument.help)
        else:
            parser.add_argument(
                flag,
                dest=each.name,
                help=argument.help,
                type=argument.parse,
                metavar=argument.metavar,
                choices=argument.choices,
                required=each.default is MISSING,
                default=None if each.default is MISSING else each.default,
            )


def read_options(options_type: type[Options], namespace: argparse.Namespace) -> Options:
    """The dataclass `options_type` filled from parsed arguments."""
    values: dict[str, Any] = {}
    for each in fields(options_type):  # type: ignore[arg-type]  # typeshed wants a bound TypeVar no dataclass can name
        if "group" in each.metadata:
            values[each.name] = read_options(each.metadata["group"][1], namespace)
        else:
            value = getattr(namespace, each.name)
            values[each.name] = _frozen(value)
    return options_type(**values)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def path(text: str) -> Path:
    """A path; refuses the empty one, which would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the path is empty; expected a file or folder")
    try:
        return Path(text).expanduser()
    except RuntimeError:  # "~name" where there is no such user: then it is a name like any other
        return Path(text)


def whole_number(minimum: int, what: str = "a whole number") -> Callable[[str], int]:
    """A parser of integers of at least `minimum`; `what` names the quantity in the message."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = minimum - 1
        if value < minimum:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {what} of at least {minimum}")
        return value

    return parse


def positive_number(what: str) -> Callable[[str], float]:
    """A parser of finite numbers above 0; `what` names the quantity in the message."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0.0 < value < math.inf:
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {what}; expected a number above 0")
        return value

    return parse


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from 0 to 1")
    return value


def degrees_of_view(text: str) -> float:
    """A diagonal field of view in degrees, more than 0 and less than 180."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < 180.0:
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a field of view; expected degrees, more than 0 and less than 180 "
            "(endoscopes have 60 to 170 on the diagonal)"
        )
    return value
