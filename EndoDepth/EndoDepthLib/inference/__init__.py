"""Inference: a frame in, depth and named structures out; and the catalogue of weights. Imports torch only to load."""

from EndoDepthLib.inference.catalogue import Catalogue, CatalogueEntry, load_catalogue
from EndoDepthLib.inference.model import EndoDepthModel
from EndoDepthLib.inference.prediction import Prediction

__all__ = ["Catalogue", "CatalogueEntry", "EndoDepthModel", "Prediction", "load_catalogue"]
