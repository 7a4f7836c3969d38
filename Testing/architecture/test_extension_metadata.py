"""What the Extensions Index asks of an extension, as far as the repository itself can show it.

The rules are those of Slicer/ExtensionsIndex: scripts/check_description_files.py (what its machine refuses) and
.github/PULL_REQUEST_TEMPLATE.md (what its reviewers look at); of the schema Schemas/slicer-extension-catalog-entry-
schema-v1.0.1.json in Slicer/Slicer. Whether the addresses answer only the network can tell.
"""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest
from architecture import cmake_lists
from architecture.source_tree import ROOT

NAME = "EndoDepth"
ENTRY_FILE = ROOT / "Resources" / "extension" / f"{NAME}.json"
ENTRY = json.loads(ENTRY_FILE.read_text(encoding="utf-8"))
CMAKE = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json#"
)
TYPE_FROM_KEY = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
REQUIRED_KEYS = {"$schema", "category", "scm_url"}
LARGEST_REPOSITORY_MB = 100
EXECUTABLE_SUFFIXES = {".exe", ".dll", ".so", ".dylib", ".pyd", ".bat", ".msi", ".jar", ".whl"}


def _set(variable: str) -> str:
    """The value of `set(VARIABLE "...")`, read with the pattern that the index uses: one double-quoted string."""
    (value,) = re.findall(rf'set\s*\({variable}\s*"([^"]+)"[ ]*\)', CMAKE)
    return value


def _png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n", path
    width, height = struct.unpack(">II", header[16:24])
    return width, height


def _file_at(url: str) -> Path:
    """The file of this repository that a raw address of GitHub leads to."""
    repository = ENTRY["scm_url"].removesuffix(".git").removeprefix("https://github.com/")
    start = f"https://raw.githubusercontent.com/{repository}/{ENTRY['scm_revision']}/"
    assert url.startswith(start), f"{url} is not a raw address of this repository: {start}..."
    return ROOT / url.removeprefix(start)


def test_entry_follows_the_schema() -> None:
    assert ENTRY["$schema"] == SCHEMA
    assert REQUIRED_KEYS <= set(ENTRY) <= set(TYPE_FROM_KEY)
    assert {key: type(value) for key, value in ENTRY.items()} == {key: TYPE_FROM_KEY[key] for key in ENTRY}
    assert all(isinstance(name, str) for name in ENTRY["build_dependencies"])
    assert ENTRY["scm_type"] in ("git", "local")
    assert ENTRY["tier"] in (1, 3, 5)


def test_entry_is_named_like_the_project() -> None:
    (project,) = re.findall(r"project\s*\(\s*([^\s)]+)", CMAKE)
    assert project == ENTRY_FILE.stem == NAME


def test_category_is_one_the_index_knows() -> None:
    assert ENTRY["category"] == "IGT"


def test_repository_address_and_name() -> None:
    assert re.fullmatch(r"https://[^/]+/[^/]+/[^/]+", ENTRY["scm_url"])
    assert ENTRY["scm_url"].rsplit("/", 1)[1].removesuffix(".git") == f"Slicer{NAME}"
    assert not re.fullmatch(r"[0-9a-f]{7,40}", ENTRY["scm_revision"]), "a branch: a hash has to be submitted anew"
    assert ENTRY["scm_url"].removesuffix(".git") == _set("EXTENSION_HOMEPAGE")


def test_dependencies_are_said_twice_alike() -> None:
    assert ENTRY["build_dependencies"] == _set("EXTENSION_DEPENDS").split()


def test_icon_is_in_the_repository() -> None:
    assert _png_size(_file_at(_set("EXTENSION_ICONURL"))) == (128, 128)


def test_screenshots_are_in_the_repository() -> None:
    screenshots = _set("EXTENSION_SCREENSHOTURLS").split()
    assert screenshots
    assert all(min(_png_size(_file_at(url))) >= 300 for url in screenshots)


def test_description_is_one_or_two_sentences_that_say_something() -> None:
    description = _set("EXTENSION_DESCRIPTION")
    assert description.endswith(".") and 60 <= len(description) <= 300
    assert len(re.findall(r"[.!?](?:\s|$)", description)) <= 2
    assert not re.search(r"\b(this is|extension|module|TODO|example)\b", description, flags=re.IGNORECASE)
    assert NAME not in description, "the name stands above it in the catalogue"


def test_contributors_are_named() -> None:
    assert _set("EXTENSION_CONTRIBUTORS")
    assert "John Doe" not in CMAKE


def test_licence_stands_at_the_root_and_in_readme() -> None:
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("Apache License")
    assert re.search(r"\[Apache License 2\.0\]\(LICENSE\)", README)


def test_every_module_is_built_and_has_its_sentence() -> None:
    built = re.findall(r"^add_subdirectory\((\w+)\)", CMAKE, flags=re.MULTILINE)
    assert built == list(cmake_lists.MODULES)
    section = README.split("## The modules", 1)[1].split("\n## ", 1)[0]
    assert [name for name in built if f"**{name}**" not in section] == []


@pytest.mark.parametrize(
    "part",
    [
        rf"^# {NAME}$",
        r"^!\[[^\]]+\]\([^)]+\.png\)",  # a picture of what it does
        r"\(Resources/docs/tutorial\.md\)",
        r"^## How to cite$",
        r"Extensions Manager",
        r"Sample Data",  # where the tutorial's data come from
    ],
)
def test_home_page_has(part: str) -> None:
    assert re.search(part, README, flags=re.MULTILINE)


def _kept_files() -> list[Path]:
    tops = ("EndoDepth", "EndoDepthTraining", "Resources", "Testing")
    return [path for top in tops for path in (ROOT / top).rglob("*") if path.is_file()]


def test_repository_is_small_and_has_no_binaries() -> None:
    files = [path for path in _kept_files() if "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < LARGEST_REPOSITORY_MB * 1024**2
    assert [path for path in files if path.suffix.lower() in EXECUTABLE_SUFFIXES] == []
