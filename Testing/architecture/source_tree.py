"""What the architecture tests read: the project's own files, their layers and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "EndoDepthLib": ROOT / "EndoDepth" / "EndoDepthLib",
    "EndoDepthScene": ROOT / "EndoDepth" / "EndoDepthScene",
    "EndoDepthCLI": ROOT / "EndoDepth" / "EndoDepthCLI",
    "EndoDepthWidgets": ROOT / "EndoDepth" / "EndoDepthWidgets",
    "EndoDepthTrainingLib": ROOT / "EndoDepthTraining" / "EndoDepthTrainingLib",
    "EndoDepthTrainingWidgets": ROOT / "EndoDepthTraining" / "EndoDepthTrainingWidgets",
}


@dataclass(frozen=True)
class Import:
    """One import statement: the full dotted name, the line, and whether it runs when the module is imported."""

    name: str
    line: int
    at_import_time: bool

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]


def python_files(folder: Path) -> list[Path]:
    """The Python files under a folder, sorted; none when the folder is not there."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imports_of(path: Path, package_root: Path) -> list[Import]:
    """Every import in a file; relative ones resolved against `package_root` (the folder that holds the packages)."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    here = path.relative_to(package_root).with_suffix("").parts
    return list(_walk(tree, here, at_import_time=True))


def _walk(node: ast.AST, here: tuple[str, ...], at_import_time: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, at_import_time)
        elif isinstance(child, ast.ImportFrom):
            base = list(here[: -child.level]) if child.level else []
            module = ".".join([*base, *([child.module] if child.module else [])])
            # `from package import submodule` names a module too: keep the longest form, its prefixes follow from it.
            for alias in child.names:
                yield Import(f"{module}.{alias.name}", child.lineno, at_import_time)
        else:
            yield from _walk(child, here, at_import_time and not _runs_later(child))


def _runs_later(node: ast.AST) -> bool:
    if isinstance(node, ast.If):  # `if TYPE_CHECKING:` never runs
        return "TYPE_CHECKING" in ast.dump(node.test)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
