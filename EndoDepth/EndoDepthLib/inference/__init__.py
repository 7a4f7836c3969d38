"""Inference: a frame in, depth and named structures out; and the catalogue of weights. Imports torch only to load.

Names are loaded when first used: a panel lists the catalogue while OpenCV and torch are not installed yet.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from EndoDepthLib.inference.catalogue import Catalogue, CatalogueEntry, load_catalogue
    from EndoDepthLib.inference.model import EndoDepthModel
    from EndoDepthLib.inference.prediction import Prediction

__all__ = ["Catalogue", "CatalogueEntry", "EndoDepthModel", "Prediction", "load_catalogue"]
_HOME = {
    "Catalogue": "catalogue",
    "CatalogueEntry": "catalogue",
    "EndoDepthModel": "model",
    "Prediction": "prediction",
    "load_catalogue": "catalogue",
}


def __getattr__(name: str) -> Any:
    """A public name, imported from its module when first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
