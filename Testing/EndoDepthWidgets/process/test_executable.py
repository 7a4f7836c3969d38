"""The interpreter that runs the child: this one outside Slicer, PythonSlicer inside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from EndoDepthLib.errors import SettingsError
from EndoDepthWidgets.process.executable import (
    PACKAGES_FOLDER,
    child_environment,
    cli_command,
    python_executable,
)

NAME = "PythonSlicer.exe" if os.name == "nt" else "PythonSlicer"


@pytest.fixture
def in_slicer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty Slicer installation whose application runs this code."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "MacOS").mkdir()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "SlicerApp-real"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("SLICER_HOME", raising=False)
    return tmp_path


def _make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_outside_slicer_it_is_this_interpreter() -> None:
    assert python_executable() == sys.executable
    assert cli_command(["models"]) == [sys.executable, "-m", "EndoDepthCLI", "models"]


def test_beside_the_application(in_slicer: Path) -> None:
    expected = _make(in_slicer / "bin" / NAME)
    assert python_executable() == str(expected)


def test_in_a_macos_bundle(in_slicer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(in_slicer / "MacOS" / "Slicer"))
    expected = _make(in_slicer / "bin" / NAME)
    assert python_executable() == str(expected)


def test_under_the_home_that_slicer_tells(in_slicer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLICER_HOME", str(in_slicer / "home"))
    expected = _make(in_slicer / "home" / "bin" / NAME)
    assert python_executable() == str(expected)


def test_path_comes_first_as_slicer_sets_it(in_slicer: Path) -> None:
    _make(in_slicer / "bin" / NAME)
    expected = _make(in_slicer / "path" / NAME)
    assert python_executable() == str(expected)


def test_a_slicer_without_interpreter_is_one_line(in_slicer: Path) -> None:
    with pytest.raises(SettingsError, match="PythonSlicer.*install Slicer again"):
        python_executable()


def test_the_child_finds_our_packages_and_keeps_the_rest() -> None:
    before = {"PYTHONPATH": os.pathsep.join(["a", "b", str(PACKAGES_FOLDER)]), "SLICER_HOME": "here"}
    values = child_environment(before)
    assert values["PYTHONPATH"].split(os.pathsep) == [str(PACKAGES_FOLDER), "a", "b"]
    assert values["SLICER_HOME"] == "here"
    assert before.keys() == {"PYTHONPATH", "SLICER_HOME"}


def test_the_command_line_runs_from_any_folder(tmp_path: Path) -> None:
    environment = child_environment({k: v for k, v in os.environ.items() if k != "PYTHONPATH"})
    done = subprocess.run(
        [*cli_command([]), "--version"], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("endodepth "), done.stderr
