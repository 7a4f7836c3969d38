"""Packages that are missing: found without importing, asked for with their size, installed as Slicer wants it."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable

import pytest
from architecture.source_tree import ROOT

from EndoDepthWidgets.dependencies import DependencyError, Need, ensure_installed, missing_needs
from EndoDepthWidgets.dependencies.installing import HELD_FAST
from EndoDepthWidgets.dependencies.needs import REQUIREMENTS_FILE, all_needs

from .conftest import Installation

SMALL = ["av", "open_clip_torch", "opencv-python-headless", "safetensors", "timm"]


def test_nothing_is_missing_where_the_tests_run() -> None:
    assert missing_needs() == []
    assert ensure_installed(lambda text: pytest.fail("nothing is to be asked"))


def test_looking_imports_nothing() -> None:
    program = (
        "import sys\nfrom EndoDepthWidgets.dependencies import missing_needs\nmissing_needs()\n"
        "print(sorted({'torch', 'cv2', 'av', 'timm', 'open_clip', 'slicer', 'qt', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_requirements_are_lower_bounds_and_never_what_slicer_brings() -> None:
    lines = [line for line in REQUIREMENTS_FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+>=[0-9.]+", line) for line in lines), lines
    names = {line.partition(">=")[0].lower() for line in lines}
    assert names == {name.lower() for name in SMALL}
    assert not names & {name.lower() for name in (*HELD_FAST, "opencv-python")}


@pytest.mark.parametrize(("least", "met"), [("0.1", True), ("999", False), ("0", True)], ids=["older", "newer", "any"])
def test_versions_are_compared_as_numbers(least: str, met: bool) -> None:
    assert Need("numpy", "numpy", least, 1).is_met is met
    assert not Need("no-such-package", "no_such_package", least, 1).is_met


def test_a_version_with_a_build_is_compared_by_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for version, met in {"2.13.0+cpu": True, "2.5.0a0+git1": True, "2.4.9": False, "10.0": True}.items():
        monkeypatch.setattr(importlib.metadata, "version", lambda name, version=version: version)
        assert Need("torch", "torch", "2.5", 1).is_met is met, version


def test_everything_is_installed_after_one_question(installation: Installation, every_name: set[str]) -> None:
    installation.missing = set(every_name)
    assert ensure_installed()
    assert [name for name, _ in installation.calls] == ["installTorch", "pip_ensure"]
    assert installation.calls[0][1] == ">=2.5"
    (question,) = installation.questions
    assert "PyTorch: 200 MB, or up to 3 GB" in question
    assert all(f"{name}: " in question for name in SMALL)
    assert "no data of yours is sent" in question


def test_what_slicer_and_pytorch_brought_is_held_fast(installation: Installation) -> None:
    installation.missing = {"timm"}
    assert ensure_installed()
    for name in ("numpy", "vtk", "torch"):
        assert f"{name}=={importlib.metadata.version(name)}\n" in installation.constraints
    assert "timm" not in installation.constraints


def test_only_what_is_missing_is_asked_for(installation: Installation) -> None:
    installation.missing = {"av"}
    assert ensure_installed()
    assert "PyTorch" not in installation.questions[0] and "timm" not in installation.questions[0]
    assert [name for name, _ in installation.calls] == ["pip_ensure"]


def test_slicer_5_10(installation: Installation, without_module: Callable[[str], None]) -> None:
    without_module("slicer.packaging")
    installation.missing = {"av", "timm"}
    assert ensure_installed()
    assert installation.calls == [("pip_install", ["av>=14", "timm>=1.0.17"])]
    assert "numpy==" in installation.constraints


def test_who_declines_gets_nothing(installation: Installation, every_name: set[str]) -> None:
    installation.missing, installation.answers = set(every_name), False
    assert ensure_installed() is False
    assert installation.calls == [] and len(installation.questions) == 1
    assert ensure_installed(lambda text: False) is False


def test_without_the_extension_pytorch_nothing_is_asked(
    installation: Installation, without_module: Callable[[str], None]
) -> None:
    without_module("PyTorchUtils")
    installation.missing = {"torch", "torchvision", "timm"}
    with pytest.raises(DependencyError, match="extension 'PyTorch' in the Extensions Manager"):
        ensure_installed()
    assert installation.questions == [] and installation.calls == []


def test_an_old_pytorch_is_not_replaced(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Need, "installed_version", property(lambda need: "2.1.0+cu118" if need.name == "torch" else ""))
    with pytest.raises(DependencyError, match=r"torch 2\.1\.0\+cu118 is installed.*2\.5.*PyTorch Utils"):
        ensure_installed()
    assert installation.questions == [] and installation.calls == []


@pytest.mark.parametrize("missing", [{"torch", "torchvision"}, {"timm"}], ids=["PyTorch", "pip"])
def test_a_failure_is_one_clear_line(installation: Installation, missing: set[str]) -> None:
    installation.missing, installation.pip_fails = missing, True
    with pytest.raises(DependencyError) as caught:
        ensure_installed()
    message = str(caught.value)
    assert "could not be installed" in message and "press Apply again" in message and "\n" not in message
    assert missing <= {need.name for need in missing_needs()}


def test_an_interrupted_installation_goes_on_where_it_was(installation: Installation, every_name: set[str]) -> None:
    installation.missing = set(every_name) - {"torch", "torchvision"}  # PyTorch came, then the network went
    assert ensure_installed()
    assert [name for name, _ in installation.calls] == ["pip_ensure"]


def test_what_is_installed_but_not_found_asks_for_a_restart(installation: Installation) -> None:
    installation.missing, installation.is_lost = {"timm"}, True
    with pytest.raises(DependencyError, match="restart Slicer"):
        ensure_installed()


def test_all_needs_are_what_the_library_and_the_command_line_import() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=]", line)[0] for line in project["dependencies"]}
    brought = {"numpy", "scipy", "SimpleITK", "slicer-core"}  # by Slicer
    brought |= {"tqdm"}  # by open_clip_torch, and unused without a terminal
    assert {need.name for need in all_needs()} == declared - brought
