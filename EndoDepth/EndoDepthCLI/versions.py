"""The versions of the program and of what decides its results."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from EndoDepthLib import __version__

_DECIDING_PACKAGES = (
    "numpy",
    "opencv-python-headless",
    "av",
    "torch",
    "timm",
    "open_clip_torch",
    "slicer-core",
    "openvino",
    "onnxruntime",
)


def program_version() -> str:
    """The version of EndoDepth."""
    return __version__


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the results; absent ones are left out."""
    found = {"python": platform.python_version()}
    for name in _DECIDING_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
