"""Which names of Slicer, Qt and CTK the modules use, and which of them Testing/README.md lists with a source.

Run it (`python Testing/architecture/slicer_names.py`) to print the names in use, those not listed marked with `+`, and
with `-` those that are listed and not used any more.
"""

from __future__ import annotations

import ast
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "Testing" / "README.md"
LIST_HEADING = "## Names of Slicer, Qt and CTK that the modules use"

IN_SLICER = (
    "EndoDepth/EndoDepth.py",
    "EndoDepth/EndoDepthWidgets",
    "EndoDepth/EndoDepthScene",
    "EndoDepth/EndoDepthReconstruct",
    "EndoDepth/Resources",
    "EndoDepthTraining/EndoDepthTraining.py",
    "EndoDepthTraining/EndoDepthTrainingWidgets",
    "EndoDepthTraining/Resources",
)
"""What of the modules' folders runs inside Slicer, or is read there."""

ROOTS = ("slicer", "qt", "ctk", "SampleData", "PyTorchUtils")
_STAR = "slicer.ScriptedLoadableModule"  # imported with a star, as every scripted module does
_OUR_PANELS = ("slicer.modules.EndoDepthWidget", "slicer.modules.EndoDepthTrainingWidget")
_NOT_RUN_IN_TESTS = ("slicer.app.", "slicer.modules.")
_WIDGET_PREFIXES = ("ctk", "qMRML", "qSlicer")
_PROPERTIES_OF_QWIDGET = {"enabled", "geometry", "minimumSize", "maximumSize", "sizePolicy", "toolTip", "visible"}


def used_names() -> dict[str, list[str]]:
    """Every name in use, with the places (`file:line`) where it is."""
    places: dict[str, list[str]] = {}
    for path in _files():
        found = _in_ui(path) if path.suffix == ".ui" else _in_python(path)
        for name, line in found:
            places.setdefault(name, []).append(f"{path.relative_to(ROOT).as_posix()}:{line}")
    return dict(sorted(places.items()))


def listed_names() -> dict[str, str]:
    """The names in the table of Testing/README.md and the source that stands beside each."""
    section = README.read_text(encoding="utf-8").split(LIST_HEADING, 1)[1].split("\n## ", 1)[0]
    listed: dict[str, str] = {}
    for source, names in re.findall(r"^\| (.+?) \| (.+?) \|$", section, flags=re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", names):
            assert name not in listed, f"{name} is listed twice"
            listed[name] = source
    return listed


def _files() -> list[Path]:
    tops = [ROOT / name for name in IN_SLICER]
    files = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*"))]
    return sorted(path for path in files if path.suffix in (".py", ".ui") and "__pycache__" not in path.parts)


def _in_ui(path: Path) -> Iterator[tuple[str, int]]:
    """Widget classes that are not Qt's, what is set on them beyond QWidget's own, their signals and slots."""
    root = ElementTree.parse(path)
    kind_from_name: dict[str, str] = {}
    for widget in root.iter("widget"):
        kind_from_name[widget.get("name", "")] = kind = widget.get("class", "")
        is_known = kind.startswith(_WIDGET_PREFIXES)
        if is_known:
            yield f"ui:{kind}", 0
        for entry in widget.findall("property"):
            name = entry.get("name", "")
            if entry.get("stdset") == "0":
                yield f"ui:{name}", 0
            elif is_known and name not in _PROPERTIES_OF_QWIDGET:
                yield f"ui:{kind}.{name}", 0
    for connection in root.iter("connection"):
        for end, method in (("sender", "signal"), ("receiver", "slot")):
            kind = kind_from_name.get(connection.findtext(end, ""), "")
            if kind.startswith(_WIDGET_PREFIXES):
                yield f"ui:{kind}.{connection.findtext(method, '')}", 0


def _in_python(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    known: dict[str, str] = {}  # what a name of this file stands for, such as "_" for slicer.i18n.tr
    star_modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOTS:
            for alias in node.names:
                if alias.name == "*":
                    star_modules.add(node.module)
                else:
                    known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                    yield f"{node.module}.{alias.name}", node.lineno
    known |= _assigned(tree, known, of_self=True)
    yield from _in_scope(tree, known, star_modules)


def _in_scope(scope: ast.AST, known: dict[str, str], star_modules: set[str]) -> Iterator[tuple[str, int]]:
    """The names in a module or function; functions inside it are scopes of their own, which know its names too."""
    nodes, functions = _own_nodes(scope)
    known = known | _assigned(scope, known, of_self=False)
    parts = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}  # of longer names
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in parts:
            name = _full_name(node, known)  # a name that is assigned to is our own
            if name.split(".")[0] in ROOTS:
                yield _listed_form(name), node.lineno
        elif isinstance(node, ast.Name) and _STAR in star_modules and node.id.startswith("ScriptedLoadableModule"):
            yield f"{_STAR}.{node.id}", node.lineno
    for function in functions:
        yield from _in_scope(function, known, star_modules)


def _listed_form(name: str) -> str:
    """How a name stands in the list.

    What a call gives is followed where only Slicer has it. Methods of Qt widgets and of MRML classes are left out:
    the tests run them for real, on PySide6 and slicer-core. Behind our own panel nothing is Slicer's.
    """
    ours = next((panel for panel in _OUR_PANELS if name.startswith(panel)), None)
    if ours is not None:
        return ours
    if not name.startswith(_NOT_RUN_IN_TESTS):
        name = name.partition("()")[0]
    return re.sub(r"\.(__init__|connect|disconnect)$", "", name).removesuffix("()")


def _own_nodes(scope: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """The nodes of a scope in the order of the file, without those of the functions in it, and these functions."""
    nodes: list[ast.AST] = []
    functions: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append(node)
        else:
            nodes.append(node)
            waiting = [*ast.iter_child_nodes(node), *waiting]
    return nodes, functions


def _assigned(scope: ast.AST, known: dict[str, str], of_self: bool) -> dict[str, str]:
    """What `x = slicer.app.layoutManager()` makes of `x` in a scope; of_self: of `self.x` in a file."""
    nodes = ast.walk(scope) if of_self else _own_nodes(scope)[0]
    found: dict[str, str] = {}
    for node in nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target = ".".join(_chain(node.targets[0]))
        name = _full_name(node.value, known | found)
        if target.startswith("self.") == of_self and name.split(".")[0] in ROOTS:
            found[target] = name
    return found


def _full_name(node: ast.expr, known: dict[str, str]) -> str:
    """A dotted name with its first part, or its `self.attribute`, replaced by what it stands for."""
    chain = _chain(node)
    for length in (2, 1):
        start = ".".join(chain[:length])
        called = "()" if start.endswith("()") else ""
        if start.removesuffix("()") in known:
            return ".".join([known[start.removesuffix("()")] + called, *chain[length:]])
    return ".".join(chain)


def _chain(node: ast.expr) -> list[str]:
    """The parts of `slicer.app.layoutManager().sliceWidget`, a call marked with (); "" first where none begins it."""
    if isinstance(node, ast.Attribute):
        return [*_chain(node.value), node.attr]
    if isinstance(node, ast.Call):
        *before, last = _chain(node.func)
        return [*before, f"{last}()"]
    return [node.id if isinstance(node, ast.Name) else ""]


def main() -> None:
    """Print the names in use and how the list differs from them."""
    used, listed = used_names(), listed_names()
    for name, places in used.items():
        print(f"{' ' if name in listed else '+'} {name}  ({len(places)}: {places[0]})")
    for name in sorted(set(listed) - set(used)):
        print(f"- {name}  ({listed[name]})")


if __name__ == "__main__":
    main()
