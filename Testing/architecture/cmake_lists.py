"""The lists of scripts and resources in each module's CMakeLists.txt: read, derived from the tree, rewritten.

Run it (`python Testing/architecture/cmake_lists.py`) after adding, renaming or removing a file.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("EndoDepth", "EndoDepthTraining")
LISTS = ("MODULE_PYTHON_SCRIPTS", "MODULE_PYTHON_RESOURCES")
_PATTERN = r"(set\({name}\n)(.*?)(  \))"


def from_tree(module: str) -> dict[str, list[str]]:
    """What each list has to hold: POSIX paths relative to the module's folder, sorted.

    A folder with a CMakeLists.txt of its own (the scripted CLI) installs its files itself.
    """
    folder = ROOT / module
    files = [path for path in folder.rglob("*") if path.is_file() and not _is_by_product(path.relative_to(folder))]
    inner = [folder / name for name in subfolders_with_cmake(module)]
    files = [path for path in files if not any(path.is_relative_to(other) for other in inner)]
    names = sorted(path.relative_to(folder).as_posix() for path in files if path.name != "CMakeLists.txt")
    scripts = [name for name in names if name.endswith(".py")]
    return dict(zip(LISTS, (scripts, [name for name in names if not name.endswith(".py")]), strict=True))


def subfolders_with_cmake(module: str) -> list[str]:
    """The folders directly in a module's that have a CMakeLists.txt of their own, sorted."""
    return sorted(path.parent.name for path in (ROOT / module).glob("*/CMakeLists.txt"))


def _is_by_product(path: Path) -> bool:
    return any(part == "__pycache__" or part.endswith(".egg-info") or part.startswith(".") for part in path.parts)


def from_cmake(module: str) -> dict[str, list[str]]:
    """What each list holds now, in the order of the file."""
    text = (ROOT / module / "CMakeLists.txt").read_text(encoding="utf-8")
    found = {}
    for name in LISTS:
        match = re.search(_PATTERN.format(name=name), text, flags=re.DOTALL)
        assert match, f"{module}/CMakeLists.txt has no set({name} ...)"
        found[name] = match.group(2).split()
    return found


def rewrite(module: str) -> None:
    """Put what the tree holds into the module's CMakeLists.txt."""
    path = ROOT / module / "CMakeLists.txt"
    text = path.read_text(encoding="utf-8")
    for name, entries in from_tree(module).items():
        body = "".join(f"  {entry}\n" for entry in entries)
        text = re.sub(_PATTERN.format(name=name), rf"\g<1>{body}\g<3>", text, flags=re.DOTALL)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for module_name in MODULES:
        rewrite(module_name)
