"""From the arguments that Slicer's CLI framework passes to those of `endodepth reconstruct`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from EndoDepthCLI.slicer_cli.parameters import FIXED_FLAGS, Parameter, parameter_groups
from EndoDepthLib.errors import SettingsError

_IGNORED = ("--returnparameterfile", "--processinformationaddress")
"""What Slicer may add for its own purposes, each with a value."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(" ".join(message.split()))


def console_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments of `endodepth` for those of Slicer. Raises SettingsError for what Slicer's module has not."""
    parser = _Parser(prog="EndoDepthReconstruct", allow_abbrev=False, add_help=False)
    parameters = [parameter for group in parameter_groups() for parameter in group.parameters]
    for parameter in parameters:
        action = "store_true" if parameter.tag == "boolean" else "store"
        parser.add_argument("--" + parameter.name, action=action)
    for name in _IGNORED:
        parser.add_argument(name)
    given = parser.parse_args(_joined(arguments))
    result = ["reconstruct", *FIXED_FLAGS]
    places = []
    for parameter in parameters:
        for value in _values(parameter, getattr(given, parameter.name)):
            if parameter.flag is None:
                places.append(value)
            else:
                result.append(parameter.flag if parameter.tag == "boolean" else f"{parameter.flag}={value}")
    return [*result, *(f"./{place}" if place.startswith("-") else place for place in places)]


def _joined(arguments: Sequence[str]) -> list[str]:
    """Each flag and its value as one argument, so that a value may begin with a dash."""
    joined: list[str] = []
    waiting = list(arguments)
    booleans = {"--" + p.name for group in parameter_groups() for p in group.parameters if p.tag == "boolean"}
    while waiting:
        argument = waiting.pop(0)
        if argument.startswith("--") and "=" not in argument and argument not in booleans and waiting:
            argument += "=" + waiting.pop(0)
        joined.append(argument)
    return joined


def _values(parameter: Parameter, value: str | bool | None) -> list[str]:
    if not value or value == parameter.neutral or (parameter.neutral and _is_zero(str(value))):
        return []
    if parameter.tag == "string-vector":
        # slicer.cli hands a list of Python over as its text, with quotes.
        return [text for part in str(value).split(",") if (text := part.strip().strip("'\"").strip())]
    return [str(value)]


def _is_zero(text: str) -> bool:
    try:
        return float(text) == 0
    except ValueError:
        return False
