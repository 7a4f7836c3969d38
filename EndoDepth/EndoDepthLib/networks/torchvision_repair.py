"""Lets torchvision, timm and open_clip be imported beside a torch that torchvision was not compiled for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_kept: list[object] = []  # a torch library vanishes with its Python object


def repair_torchvision() -> bool:
    """Declare the operators that torchvision expects when its compiled library cannot be loaded; True if it had to.

    A CUDA torchvision beside a CPU torch fails on import with "operator torchvision::nms does not exist"; only the
    declaration is missing for what EndoDepth uses. A healthy pair, an absent torchvision and one already imported are
    left alone. Call it before the first import of timm, open_clip or transformers.
    """
    if _kept or "torchvision" in sys.modules:
        return False
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    import torch

    libraries = [path for path in Path(spec.origin).parent.glob("_C.*") if path.suffix in {".so", ".pyd", ".dylib"}]
    try:
        if libraries:
            torch.ops.load_library(str(libraries[0]))
    except OSError:
        pass
    missing = [name for name in _SCHEMAS if not hasattr(torch.ops.torchvision, name)]
    if not missing:
        return False
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in missing:
        library.define(_SCHEMAS[name])
    _kept.append(library)
    return True
