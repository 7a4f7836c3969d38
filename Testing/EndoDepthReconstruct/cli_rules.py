"""The rules that Slicer holds the XML of a CLI module to, written from what its parser does.

SlicerExecutionModel, ModuleDescriptionParser/ModuleDescriptionParser.cxx (elements, attributes, names, flags) and
ModuleDescription.xsd (order of the head); Slicer, Base/QTCLI/vtkSlicerCLIModuleLogic.cxx (what is passed with an empty
value).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

HEAD = ["category", "title", "description", "version", "documentation-url", "license", "contributor"]
_ATTRIBUTES = {
    "boolean": {"hidden"},
    "integer": {"multiple"},
    "double": {"multiple"},
    "string": {"multiple"},
    "string-vector": set(),
    "string-enumeration": {"hidden"},
    "file": {"multiple", "fileExtensions"},
    "directory": {"multiple"},
}
_CHILDREN = {
    "name",
    "flag",
    "longflag",
    "label",
    "description",
    "default",
    "channel",
    "index",
    "constraints",
    "element",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALWAYS_PASSED = {"integer", "double", "string-enumeration"}  # also with an empty value, which no program can read


def violations(root: Element) -> Iterator[str]:
    """One sentence for each rule that the description breaks."""
    if root.tag != "executable":
        yield f"<{root.tag}> is outermost; expected <executable>"
    tags = [child.tag for child in root]
    if tags[: len(HEAD)] != HEAD:
        yield f"the head is {tags[: len(HEAD)]}; expected {HEAD}"
    groups = list(root)[len(HEAD) :]
    if not groups or any(group.tag != "parameters" for group in groups):
        yield "after the head come groups of <parameters>, at least one"
    names: set[str] = set()
    for group in groups:
        if set(group.attrib) - {"advanced"} or group.get("advanced", "true") not in ("true", "false"):
            yield f"<parameters> has {group.attrib}"
        if [child.tag for child in group][:2] != ["label", "description"]:
            yield "<parameters> begins with <label> and <description>"
        for element in list(group)[2:]:
            yield from _parameter_violations(element, names)


def _parameter_violations(element: Element, names: set[str]) -> Iterator[str]:
    name = element.findtext("name") or element.findtext("longflag") or ""
    where = f"<{element.tag}> '{name}'"
    if element.tag not in _ATTRIBUTES:
        yield f"{where} is no parameter that these rules know"
        return
    if wrong := set(element.attrib) - _ATTRIBUTES[element.tag]:
        yield f"{where} has the attributes {wrong}"
    children = [child.tag for child in element]
    if set(children) - _CHILDREN:
        yield f"{where} holds {set(children) - _CHILDREN}"
    if any(children.count(tag) > 1 for tag in _CHILDREN - {"element"}):
        yield f"{where} says something twice"
    for tag in ("name", "longflag"):
        if (text := element.findtext(tag)) is not None and not _VARIABLE.fullmatch(text.lstrip("-")):
            yield f"{where}: <{tag}> can only contain letters, numbers and underscores"
    if len((element.findtext("flag") or "").lstrip("-")) > 1:
        yield f"{where}: <flag> is one character"
    has_flag, has_index = bool({"flag", "longflag"} & set(children)), "index" in children
    if has_flag == has_index:
        yield f"{where} has either a flag or an index"
    if name in names:
        yield f"{where} is there twice"
    names.add(name)
    if not element.findtext("label") or not element.findtext("description"):
        yield f"{where} has no label or description"
    yield from _value_violations(element, where)


def _value_violations(element: Element, where: str) -> Iterator[str]:
    default = element.findtext("default")
    choices = [child.text for child in element.findall("element")]
    if element.tag in _ALWAYS_PASSED and not default:
        yield f"{where} is always passed and has no default"
    if element.tag.endswith("-enumeration") != bool(choices):
        yield f"{where} has the choices {choices}"
    if choices and default not in choices:
        yield f"{where}: the default {default!r} is none of {choices}"
    if element.tag == "boolean" and default not in ("true", "false"):
        yield f"{where}: the default is {default!r}"
    if element.tag == "integer" and not re.fullmatch(r"-?\d+", default or ""):
        yield f"{where}: the default is {default!r}"
    if element.tag == "double" and not re.fullmatch(r"-?\d+(\.\d+)?", default or ""):
        yield f"{where}: the default is {default!r}"
    if element.tag == "file" and element.findtext("channel") not in ("input", "output"):
        yield f"{where}: the channel is {element.findtext('channel')!r}"
