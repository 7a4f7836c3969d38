"""Procedural endoscopic scenes, one family a file; `build_scene` makes one from a seed."""

from __future__ import annotations

import numpy as np
import torch

from EndoDepthLib.phantoms.scenes.airway import Airway
from EndoDepthLib.phantoms.scenes.colon import Colon
from EndoDepthLib.phantoms.scenes.laparoscopy import Laparoscopy
from EndoDepthLib.phantoms.scenes.larynx import Larynx
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene
from EndoDepthLib.phantoms.scenes.sinus import Sinus

_FAMILIES: dict[str, type[Scene]] = {
    "colon": Colon,
    "airway": Airway,
    "sinus": Sinus,
    "larynx": Larynx,
    "laparoscopy": Laparoscopy,
}

__all__ = ["Pose", "Scene", "build_scene"]


def build_scene(name: str, rng: np.random.Generator, device: torch.device) -> Scene:
    """A new scene of a family. Raises KeyError for an unknown family."""
    return _FAMILIES[name](rng, device)
