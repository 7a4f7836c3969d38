"""Procedural endoscopic scenes with exact depth, labels and poses: training data, demo and test material.

Names are loaded when first used, so that the list of scenes can be had without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from EndoDepthLib.phantoms.clip_settings import APPEARANCES, ClipSettings
from EndoDepthLib.phantoms.labels import LABELS, SCENES, label_value

if TYPE_CHECKING:
    from EndoDepthLib.phantoms.clip import PhantomFrame
    from EndoDepthLib.phantoms.render import render_video

__all__ = ["APPEARANCES", "LABELS", "SCENES", "ClipSettings", "PhantomFrame", "label_value", "render_video"]
_MODULE_FROM_NAME = {"PhantomFrame": "EndoDepthLib.phantoms.clip", "render_video": "EndoDepthLib.phantoms.render"}


def __getattr__(name: str) -> object:
    if name in _MODULE_FROM_NAME:
        return getattr(import_module(_MODULE_FROM_NAME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
