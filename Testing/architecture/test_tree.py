"""The tree itself: what lies where, how long files are, what is shipped, and what must not be written in them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from architecture.source_tree import PACKAGES, ROOT, python_files

LONGEST_FILE = 300
TOP_LEVEL = {
    "CHANGELOG.md",
    "CMakeLists.txt",
    "EndoDepth",
    "EndoDepthTraining",
    "LICENSE",
    "README.md",
    "Resources",
    "Testing",
    "constraints.txt",
    "pyproject.toml",
}
BY_PRODUCTS = {"build", "dist", "endodepth-demo", "runs", "shared"}  # what .gitignore names
TEXT = {".py", ".md", ".txt", ".toml", ".json", ".cmake", ".xml", ".yml", ""}
# A path that only one machine has. Spelt in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile(
    "|".join(("/" + "work/", "/" + "root/", "/" + r"home/\w", r"\.\./\." + "library", r"C:\\" + "Users"))
)
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "stuff"}


def _text_files() -> list[Path]:
    folders = [ROOT / name for name in TOP_LEVEL | {".ci"} if (ROOT / name).is_dir()]
    files = [ROOT / name for name in TOP_LEVEL if (ROOT / name).is_file()]
    files += [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if path.suffix in TEXT and "__pycache__" not in path.parts]


def test_no_other_top_level_entries() -> None:
    present = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert present - BY_PRODUCTS - {name for name in present if name.endswith(".egg-info")} <= TOP_LEVEL


def test_files_stay_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in (ROOT / "EndoDepth", ROOT / "EndoDepthTraining", ROOT / "Testing")
        for path in python_files(folder)
    }
    assert {name: count for name, count in lengths.items() if count > LONGEST_FILE} == {}


def test_names_say_something() -> None:
    vague = [path for folder in PACKAGES.values() for path in folder.rglob("*") if path.stem.lower() in VAGUE_NAMES]
    assert vague == []


def test_no_machine_paths() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert not found, "\n".join(found)


def test_line_endings_are_lf() -> None:
    assert [path for path in _text_files() if b"\r" in path.read_bytes()] == []


def test_every_data_file_is_package_data() -> None:
    """What pip does not list as package data is silently left behind."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = settings["package-data"]["*"]
    shipped = settings["packages"]["find"]["include"]
    for package in PACKAGES.values():
        if f"{package.name}*" not in shipped:
            continue
        folders = {path.parent for path in python_files(package)}
        listed = {file for folder in folders for pattern in patterns for file in folder.glob(pattern)}
        present = {p for p in package.rglob("*") if p.is_file() and p.suffix != ".py" and "__pycache__" not in p.parts}
        assert present <= listed, sorted(str(path) for path in present - listed)
