"""`PyTorchUtils` of the extension PyTorch: installs torch in the build that fits the computer (here: writes it down).

SlicerPyTorch's PyTorchUtils/PyTorchUtils.py: `installTorch` returns the module torch, None when it was declined or
failed; `torchInstalled()` tells whether it can be imported.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import slicer

from host.packaging_calls import PACKAGING, pip_install


class PyTorchUtilsLogic:
    def torchInstalled(self) -> bool:
        return "torch" not in PACKAGING.missing and importlib.util.find_spec("torch") is not None

    def installTorch(
        self,
        askConfirmation: bool = False,
        forceComputationBackend: str | None = None,
        torchVersionRequirement: str | None = None,
        torchvisionVersionRequirement: str | None = None,
    ) -> Any:
        question = "PyTorch will be downloaded and installed. Continue?"
        if askConfirmation and not slicer.util.confirmOkCancelDisplay(question):
            return None
        if PACKAGING.fails:
            return None
        pip_install([f"torch{torchVersionRequirement or ''}", f"torchvision{torchvisionVersionRequirement or ''}"])
        return importlib.util.find_spec("torch")
