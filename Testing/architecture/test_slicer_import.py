"""What Slicer imports when it starts is there: what our packages need beyond that is installed later, on demand.

The imports that run when a module file is imported are followed through our packages. cv2, av or torch on that path
would keep the module from appearing in a fresh Slicer. What the panel is made of is imported, and the panel opened, in
a process in which these packages cannot be imported.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from architecture.source_tree import PACKAGES, ROOT, imports_of, python_files

IN_EVERY_SLICER = {"slicer", "vtk", "vtkmodules", "qt", "ctk", "SimpleITK", "numpy", "scipy"}
INSTALLED_LATER = ("av", "cv2", "open_clip", "pydicom", "safetensors", "timm", "torch", "torchvision", "tqdm")
MODULE_FILES = [ROOT / name / f"{name}.py" for name in ("EndoDepth", "EndoDepthTraining")]

FRESH_SLICER = """
import importlib, json, sys
from importlib.abc import MetaPathFinder
from pathlib import Path

hidden, folder, modules = json.loads(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])


class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Missing())
from host import start_host

told = {"before": sorted(set(hidden) & set(sys.modules)), "failed": {}, "opened": False, "missing": []}
with start_host(folder) as host:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            told["failed"][module] = str(error)
    if not told["failed"]:
        opened = [host.open_module(name).panel is not None for name in ("EndoDepth", "EndoDepthTraining")]
        told["opened"] = all(opened)
        needs = importlib.import_module("EndoDepthWidgets.dependencies").missing_needs()
        told["missing"] = [need.module for need in needs]
print(json.dumps(told))
"""


def _files_of(name: str) -> list[Path]:
    """The files that importing this dotted name of ours runs: every package on the way, and the module."""
    top, *rest = name.split(".")
    place, files = PACKAGES[top], [PACKAGES[top] / "__init__.py"]
    for part in rest:
        if (place / f"{part}.py").is_file():
            return [*files, place / f"{part}.py"]
        if not (place / part).is_dir():
            break  # a name inside the module, not a module
        place = place / part
        files.append(place / "__init__.py")
    return files


def foreign_imports(start: Path) -> list[str]:
    """`file:line: name` for everything outside IN_EVERY_SLICER that importing `start` reaches."""
    found, waiting, seen = [], [start], set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        root = next((folder.parent for folder in PACKAGES.values() if path.is_relative_to(folder)), path.parent)
        for entry in imports_of(path, root):
            if not entry.at_import_time:
                continue
            if entry.top in PACKAGES:
                waiting += _files_of(entry.name)
            elif entry.top not in IN_EVERY_SLICER and entry.top not in sys.stdlib_module_names:
                found.append(f"{path.relative_to(ROOT)}:{entry.line}: {entry.name}")
    return sorted(found)


@pytest.mark.parametrize("path", MODULE_FILES, ids=lambda path: path.name)
def test_module_appears_in_a_fresh_slicer(path: Path) -> None:
    assert foreign_imports(path) == []


def test_panel_opens_in_a_fresh_slicer(tmp_path: Path) -> None:
    """Before anything was installed: the panel itself then offers to install what computing needs."""
    widgets = ("EndoDepthWidgets", "EndoDepthTrainingWidgets")
    modules = [_dotted(path) for package in widgets for path in python_files(PACKAGES[package])]
    done = subprocess.run(
        [sys.executable, "-c", FRESH_SLICER, json.dumps(INSTALLED_LATER), str(tmp_path), json.dumps(modules)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "Testing"), os.environ.get("PYTHONPATH", "")])},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["before"] == [], "the packages were there after all"
    assert {"EndoDepthWidgets.panel.panel", "EndoDepthWidgets.self_test"} < set(modules)
    assert told["failed"] == {}
    assert told["opened"] is True
    assert set(told["missing"]) == set(INSTALLED_LATER) - {"pydicom", "tqdm"}, "Slicer has these two"


@pytest.mark.parametrize("path", MODULE_FILES, ids=lambda path: path.name)
def test_nothing_runs_at_file_scope(path: Path) -> None:
    """Definitions, imports and constants only: Slicer imports every module at start."""
    kinds = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)
    body = ast.parse(path.read_text(encoding="utf-8")).body
    others = [node for node in body if not isinstance(node, kinds) and not _is_docstring(node)]
    assert [ast.unparse(node) for node in others] == []


def test_a_package_of_ours_that_needs_more_is_seen() -> None:
    networks = PACKAGES["EndoDepthLib"] / "networks" / "network.py"
    reached = foreign_imports(networks)
    assert any(line.endswith(": torch") for line in reached)
    assert {line.split(":")[0] for line in reached} > {"EndoDepth/EndoDepthLib/networks/network.py"}, "not followed"


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[1:]).removesuffix(".__init__")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
