"""Lets timm and open_clip be imported beside a torchvision whose compiled part does not fit the installed torch."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_libraries: list[torch.library.Library] = []  # a torch.library.Library takes its definitions away when collected


def tolerate_mismatched_torchvision() -> None:
    """Make `import torchvision` work when its compiled operators cannot be loaded; a healthy pair is left alone.

    The torchvision wheel of PyPI is a CUDA build; beside a CPU torch its `_C` library does not load, and importing it
    (timm and open_clip do) fails with "operator torchvision::nms does not exist", because it attaches meta kernels to
    operators nobody declared. Declaring the two schemas is enough: none of those operators is used here. Call it before
    the first import of timm or open_clip; calling it again does nothing.
    """
    if "torchvision" in sys.modules or _libraries:
        return
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return
    compiled = sorted(path for path in Path(spec.origin).parent.glob("_C*") if path.suffix in (".so", ".pyd", ".dylib"))
    try:
        for path in compiled:
            torch.ops.load_library(str(path))
        if compiled:
            return
    except OSError:
        pass  # built for another torch or for CUDA libraries that are not there
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)
    _libraries.append(library)
