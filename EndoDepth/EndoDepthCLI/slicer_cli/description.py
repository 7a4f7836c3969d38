"""The XML that tells Slicer's CLI framework what the module is called and what it is told."""

from __future__ import annotations

from xml.etree import ElementTree

from EndoDepthCLI.slicer_cli.parameters import Parameter, parameter_groups
from EndoDepthCLI.versions import program_version

_HEAD = {
    "category": "IGT.Endoscopy",
    "title": "EndoDepth Reconstruct",
    "description": (
        "Depth, named structures and a coloured surface for every kept frame of an endoscopy video, written into a "
        "folder of results. For batches and scripts; the module EndoDepth shows the results while they are made. "
        "For research only; not a medical device."
    ),
    "documentation-url": "https://github.com/SlicerEndoDepth/SlicerEndoDepth/blob/main/Resources/docs/tutorial.md",
    "license": "Apache-2.0",
    "contributor": "The EndoDepth contributors",
}


def describe() -> str:
    """The text of the XML file."""
    root = ElementTree.Element("executable")
    for name in ("category", "title", "description"):
        _add(root, name, _HEAD[name])
    _add(root, "version", program_version())
    for name in ("documentation-url", "license", "contributor"):
        _add(root, name, _HEAD[name])
    for group in parameter_groups():
        element = ElementTree.SubElement(root, "parameters", {"advanced": "true"} if group.is_advanced else {})
        _add(element, "label", group.label)
        _add(element, "description", group.label)
        for parameter in group.parameters:
            _add_parameter(element, parameter)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _add_parameter(group: ElementTree.Element, parameter: Parameter) -> None:
    attributes = {"fileExtensions": parameter.file_types} if parameter.file_types else {}
    element = ElementTree.SubElement(group, parameter.tag, attributes)
    _add(element, "name", parameter.name)
    _add(element, "longflag", parameter.name)
    _add(element, "label", parameter.label)
    _add(element, "description", parameter.description)
    if parameter.channel:
        _add(element, "channel", parameter.channel)
    if parameter.default is not None:
        _add(element, "default", parameter.default)
    for choice in parameter.choices:
        _add(element, "element", choice)


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
