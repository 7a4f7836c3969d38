"""A Slicer whose installing functions write down what they were asked; and packages that seem to be missing.

The real functions change the Python that runs the tests, so here stands their contract (Slicer's
Base/Python/slicer/packaging.py and util.py; the extension PyTorch's PyTorchUtils.py).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from EndoDepthWidgets.dependencies.needs import Need, all_needs


@dataclass
class Installation:
    """What is missing, what was asked for, and what goes wrong."""

    missing: set[str] = field(default_factory=set)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    constraints: str = ""
    pip_fails: bool = False
    is_lost: bool = False
    answers: bool = True
    questions: list[str] = field(default_factory=list)

    def install(self, names: list[str]) -> None:
        if self.pip_fails:
            raise subprocess.CalledProcessError(1, "pip install")
        if not self.is_lost:
            self.missing -= {name.partition(">=")[0] for name in names}

    def keep_constraints(self, file: str | Path) -> None:
        self.constraints = Path(file).read_text(encoding="utf-8")


def _module(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Slicer 5.12 with the extension PyTorch; everything is installed."""
    state = Installation()
    present = Need.installed_version.fget  # type: ignore[attr-defined]
    assert present is not None
    monkeypatch.setattr(
        Need, "installed_version", property(lambda need: None if need.name in state.missing else present(need))
    )

    def pip_ensure(requirements: list[str], constraints: Path, prompt_install: bool, requester: str) -> None:
        assert not prompt_install and requester == "EndoDepth"
        state.keep_constraints(constraints)
        state.calls.append(("pip_ensure", requirements))
        state.install(requirements)

    def pip_install(arguments: list[str]) -> None:
        state.keep_constraints(arguments[arguments.index("-c") + 1])
        state.calls.append(("pip_install", arguments[: arguments.index("-c")]))
        state.install(arguments)

    def load_requirements(path: Path) -> list[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    def confirm(text: str, title: str) -> bool:
        state.questions.append(text)
        return state.answers

    class Logic:
        def installTorch(self, askConfirmation: bool, torchVersionRequirement: str) -> object:
            state.calls.append(("installTorch", torchVersionRequirement))
            state.install(["torch", "torchvision"])
            return object()

    util = _module("slicer.util", pip_install=pip_install, confirmOkCancelDisplay=confirm)
    packaging = _module("slicer.packaging", pip_ensure=pip_ensure, load_requirements=load_requirements)
    i18n = _module("slicer.i18n", tr=lambda text: text)
    slicer = _module("slicer", util=util, packaging=packaging, i18n=i18n)
    for module in (slicer, util, packaging, i18n, _module("PyTorchUtils", PyTorchUtilsLogic=Logic)):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return state


@pytest.fixture
def without_module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes importing a module fail, as when it is not there."""
    return lambda name: monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]


@pytest.fixture
def every_name() -> set[str]:
    return {need.name for need in all_needs()}
