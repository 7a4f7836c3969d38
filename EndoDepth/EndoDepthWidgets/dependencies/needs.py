"""What EndoDepth needs, and which of it is not there. Looks without importing: torch alone would take seconds."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REQUIREMENTS_FILE = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"

TORCH_VERSION = "2.5"
TORCHVISION_VERSION = "0.20"
_TORCH_MB = 200

_MODULES = {"opencv-python-headless": "cv2", "open_clip_torch": "open_clip"}
_DOWNLOAD_MB = {
    "av": 35,
    "matplotlib": 12,
    "open_clip_torch": 15,
    "opencv-python-headless": 60,
    "pycolmap": 25,
    "safetensors": 1,
    "timm": 3,
}
_LINE = re.compile(r"([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)")


@dataclass(frozen=True)
class Need:
    """A package: its name for pip, the module to import, the least version, and about how much is downloaded (MB).

    by_pytorch: it comes from the extension PyTorch, which knows the build that fits the computer.
    """

    name: str
    module: str
    least_version: str
    download_mb: int
    by_pytorch: bool = False

    @property
    def installed_version(self) -> str | None:
        """The version that is there; "" when it cannot be told; None when the package is missing."""
        try:
            if importlib.util.find_spec(self.module) is None:
                return None
        except (ImportError, ValueError):  # a name that something set to None, or half unloaded
            return None
        try:
            return importlib.metadata.version(self.name)
        except importlib.metadata.PackageNotFoundError:
            return ""

    @property
    def is_met(self) -> bool:
        """Whether the package is there in a version that is new enough."""
        version = self.installed_version
        return version is not None and (not version or _numbers(version) >= _numbers(self.least_version))


def all_needs(others: Sequence[Path] = ()) -> list[Need]:
    """Everything that is needed: PyTorch's packages first, since others depend on them, then requirements.txt.

    others: requirements of modules that need more.
    """
    needs = [
        Need("torch", "torch", TORCH_VERSION, _TORCH_MB, by_pytorch=True),
        Need("torchvision", "torchvision", TORCHVISION_VERSION, 2, by_pytorch=True),
    ]
    lines = [line for file in (REQUIREMENTS_FILE, *others) for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if found := _LINE.match(line.partition("#")[0].strip()):
            name, version = found.groups()
            needs.append(Need(name, _MODULES.get(name, name), version, _DOWNLOAD_MB[name]))
    return needs


def missing_needs(others: Sequence[Path] = ()) -> list[Need]:
    """What is needed and not there, or too old; others: as for all_needs."""
    importlib.invalidate_caches()
    return [need for need in all_needs(others) if not need.is_met]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[+a-z-]", version)[0]))
