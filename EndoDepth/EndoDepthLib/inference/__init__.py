"""Inference: a frame in, depth and named structures out; and the catalogue of weights. Imports torch only to load.

Names are loaded when first used: a panel lists the catalogue while OpenCV and torch are not installed yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

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

__getattr__ = lazy_names(__name__, _HOME)
