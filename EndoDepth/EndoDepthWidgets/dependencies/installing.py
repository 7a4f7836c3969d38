"""Installing through Slicer's own functions, which keep its Python whole.

PyTorch comes from the extension of that name: it finds the build that fits graphics card and driver. The rest goes
through `slicer.packaging.pip_ensure` (Slicer 5.12) or `slicer.util.pip_install` (5.10), with the versions of what
Slicer and PyTorch brought held fast, so that no dependency of a dependency replaces them.
"""

from __future__ import annotations

import importlib.metadata
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from EndoDepthWidgets.dependencies.needs import REQUIREMENTS_FILE, TORCH_VERSION, Need

HELD_FAST = ("numpy", "scipy", "SimpleITK", "vtk", "torch", "torchvision")
"""Packages that installing ours must never replace."""

_REQUESTER = "EndoDepth"


def has_pytorch_extension() -> bool:
    """Whether the extension PyTorch is installed in this Slicer."""
    return _pytorch() is not None


def install_pytorch() -> bool:
    """Have the extension PyTorch install torch and torchvision; False when it did not. Raises what it raises."""
    utilities = _pytorch()
    logic = utilities.PyTorchUtilsLogic()
    # The user has agreed already, having been told the size.
    return logic.installTorch(askConfirmation=False, torchVersionRequirement=f">={TORCH_VERSION}") is not None


def install_packages(needs: Sequence[Need], others: Sequence[Path] = ()) -> None:
    """Have Slicer install these packages of requirements.txt, and of other such files. Raises what pip's failure
    raises in Slicer."""
    import slicer

    with _versions_held_fast() as constraints:
        try:
            from slicer.packaging import load_requirements, pip_ensure
        except ImportError:  # before 5.12
            wanted = [f"{need.name}>={need.least_version}" for need in needs]
            slicer.util.pip_install([*wanted, "-c", str(constraints)])
        else:
            for file in (REQUIREMENTS_FILE, *others):
                pip_ensure(load_requirements(file), constraints=constraints, prompt_install=False, requester=_REQUESTER)


def _pytorch() -> Any:
    try:
        import PyTorchUtils
    except ModuleNotFoundError:
        return None
    return PyTorchUtils


@contextmanager
def _versions_held_fast() -> Iterator[Path]:
    """A constraints file for pip with the versions of HELD_FAST that are installed."""
    lines = []
    for name in HELD_FAST:
        try:
            lines.append(f"{name}=={importlib.metadata.version(name)}\n")
        except importlib.metadata.PackageNotFoundError:
            continue
    with tempfile.TemporaryDirectory(prefix="endodepth-install-") as folder:
        file = Path(folder) / "constraints.txt"
        file.write_text("".join(lines), encoding="utf-8")
        yield file
