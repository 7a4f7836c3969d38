"""The parameters that Slicer shows, from the options dataclass of the console command.

Slicer passes numbers and choices always, texts and paths when they are not empty, booleans as a flag when true. What
may be left out on the console therefore has a neutral value here: 0 for a number, nothing for a text.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from EndoDepthCLI.option_groups import ReconstructionOptions

FIXED_FLAGS = ("--results-only",)
"""Slicer has no slicer-core: the framework's child writes the results folder, from which the panel makes a scene."""

_LEFT_OUT = ("results_only",)
_OUTPUT_FOLDERS = ("output",)
_FILE_TYPES = {"camera": ".json"}
_LABELS = {
    "input": "Video or image",
    "output": "Results folder",
    "every": "Keep every N-th frame",
    "prompts": "Structures",
    "fov": "Field of view (degrees)",
    "max_frames": "Most frames",
    "surface_step": "Spacing of surface vertices (pixels)",
    "tint": "Tint surfaces by structure",
}
_DESCRIPTIONS = {
    "input": "Video (mp4 mov avi mkv) or image; a folder of images by its path",
    "output": "Folder for the results; new or empty, unless the run is resumed",
    "prompts": "Structures to mark, in words, between commas",
}
_NOTES = {
    "fov": "; 0 means not given",
    "surface_step": "; 0 means automatic",
}
_OTHER_OPTIONS = "further options"


@dataclass(frozen=True)
class Parameter:
    """One parameter: its name, the element of Slicer's XML, its default there, and the flag of the console command.

    flag None: given by its place. choices: of an enumeration. neutral: the value that means "not given".
    """

    name: str
    tag: str
    label: str
    description: str
    default: str | None
    flag: str | None
    channel: str | None = None
    file_types: str | None = None
    choices: tuple[str, ...] = ()
    neutral: str | None = None


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are shown together."""

    label: str
    parameters: tuple[Parameter, ...]
    is_advanced: bool = False


def parameter_groups() -> list[ParameterGroup]:
    """The groups in the order of the console command's help; what belongs to no group comes last."""
    groups, others = [], []
    hints = get_type_hints(ReconstructionOptions)
    for each in fields(ReconstructionOptions):
        if "group" in each.metadata:
            title, options_type = each.metadata["group"]
            groups.append(ParameterGroup(_sentence(title), tuple(_parameters_of(options_type))))
        elif each.name not in _LEFT_OUT:
            others.append(_parameter(each, hints[each.name]))
    return [*groups, ParameterGroup(_sentence(_OTHER_OPTIONS), tuple(others), is_advanced=True)]


def _parameters_of(options_type: type) -> Iterator[Parameter]:
    hints = get_type_hints(options_type)
    for each in fields(options_type):
        yield _parameter(each, hints[each.name])


def _parameter(each: Field[Any], hint: Any) -> Parameter:
    argument = each.metadata["argument"]
    kind, may_be_none = _without_none(hint)
    default = None if each.default in (MISSING, None) else each.default
    tag, neutral = "string", None
    if argument.choices:
        tag = "string-enumeration"
    elif argument.repeated:
        tag, default = "string-vector", None
    elif kind is bool:
        tag = "boolean"
    elif kind in (int, float):
        tag = "integer" if kind is int else "double"
        if may_be_none:
            neutral = default = "0"
    elif kind is Path:
        tag = "directory" if each.name in _OUTPUT_FOLDERS else "file"
    flag = None if argument.positional else argument.flag or "--" + each.name.replace("_", "-")
    return Parameter(
        name=each.name,
        tag=tag,
        label=_LABELS.get(each.name, _sentence(each.name.replace("_", " "))),
        description=_DESCRIPTIONS.get(each.name, _sentence(argument.help)) + _NOTES.get(each.name, ""),
        default=None if default is None else str(default).lower() if kind is bool else str(default),
        flag=flag,
        channel={"directory": "output", "file": "input"}.get(tag),
        file_types=_FILE_TYPES.get(each.name),
        choices=argument.choices or (),
        neutral=neutral,
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not types.NoneType]
        return kinds[0], len(kinds) < len(get_args(hint))
    return get_origin(hint) or hint, False


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
