"""Procedural endoscopic scenes with exact depth, labels and poses: training data, demo and test material.

Names are loaded when first used, so that the list of scenes can be had without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from EndoDepthLib.phantoms.labels import LABELS, SCENES, label_value

if TYPE_CHECKING:
    from EndoDepthLib.phantoms.render import APPEARANCES, PhantomFrame, render_video

__all__ = ["APPEARANCES", "LABELS", "SCENES", "PhantomFrame", "label_value", "render_video"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module("EndoDepthLib.phantoms.render"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
