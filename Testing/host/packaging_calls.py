"""`slicer.packaging` (5.12) and `slicer.util.pip_install` (5.10): nothing is installed, what was asked is written down.

Slicer: Base/Python/slicer/packaging.py. pip_ensure asks first, raises RuntimeError when that is declined and
subprocess.CalledProcessError when pip fails; pip_check looks at what is installed. Packages can be made to be missing.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from packaging.requirements import Requirement

from host.hidden_packages import HiddenPackages


class Packaging:
    """What the test decides: packages that are `missing` (`missing.add("av")`: importing them fails until they are
    installed), whether pip `fails`, what an install does. `installed`: what was asked for.
    """

    def __init__(self) -> None:
        self.missing = HiddenPackages()
        self.reset()

    def reset(self) -> None:
        self.missing.clear()
        self.fails = False
        self.installed: list[str] = []
        self.on_install: Callable[[str], None] | None = None


PACKAGING = Packaging()


def _requirements(given: Any) -> list[Requirement]:
    each = given.split() if isinstance(given, str) else [given] if isinstance(given, Requirement) else list(given)
    return [one if isinstance(one, Requirement) else Requirement(one) for one in each]


def load_requirements(path: str | Path) -> list[Requirement]:
    lines = [line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pip_check(requirements: Any) -> bool:
    return all(_is_met(each) for each in _requirements(requirements))


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    if requirement.name in PACKAGING.missing:
        return False
    try:
        return importlib.metadata.version(requirement.name) in requirement.specifier
    except importlib.metadata.PackageNotFoundError:
        return False


def pip_ensure(
    requirements: Any,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> None:
    missing = [each for each in _requirements(requirements) if not _is_met(each)]
    if not missing or (skip_in_testing and slicer.app.testingEnabled()):
        return
    names = ", ".join(str(each) for each in missing)
    question = f"{requester or 'A module'} needs Python packages that are not installed: {names}. Install them?"
    if prompt_install and not slicer.util.confirmOkCancelDisplay(question, "Install Python packages"):
        raise RuntimeError(f"User declined installation of {names}")
    pip_install([str(each) for each in missing])


def pip_install(requirements: Any, **_options: Any) -> None:
    wanted = requirements.split() if isinstance(requirements, str) else [str(each) for each in requirements]
    if PACKAGING.fails:
        raise subprocess.CalledProcessError(1, ["PythonSlicer", "-m", "pip", "install", *wanted])
    packages = [each for before, each in zip(["", *wanted], wanted, strict=False) if "-" not in (before[:1], each[:1])]
    for each in packages:
        PACKAGING.installed.append(each)
        PACKAGING.missing.discard(Requirement(each).name)
        if PACKAGING.on_install is not None:
            PACKAGING.on_install(each)


def pip_uninstall(requirements: Any, **_options: Any) -> None:
    for each in requirements.split() if isinstance(requirements, str) else requirements:
        PACKAGING.missing.add(Requirement(str(each)).name)


def isPipInstallInProgress() -> bool:
    return False
