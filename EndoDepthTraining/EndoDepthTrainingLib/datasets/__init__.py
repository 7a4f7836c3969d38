"""Data sets on disk as arrays, and batches drawn from them the same way every time.

Names are loaded when first used, so that data sets can be looked at without waiting for torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthTrainingLib.datasets.augmentation import AugmentationConfig, augment_colors
    from EndoDepthTrainingLib.datasets.batches import Batch, BatchConfig, draw_batch
    from EndoDepthTrainingLib.datasets.frames import FrameSet
    from EndoDepthTrainingLib.datasets.larynx import LARYNX_CLASSES, read_larynx
    from EndoDepthTrainingLib.datasets.location import data_folder
    from EndoDepthTrainingLib.datasets.phantoms import PhantomSetConfig, render_phantoms
    from EndoDepthTrainingLib.datasets.polyp import read_polyp

__all__ = [
    "LARYNX_CLASSES",
    "AugmentationConfig",
    "Batch",
    "BatchConfig",
    "FrameSet",
    "PhantomSetConfig",
    "augment_colors",
    "data_folder",
    "draw_batch",
    "read_larynx",
    "read_polyp",
    "render_phantoms",
]
_HOME = {
    "LARYNX_CLASSES": "larynx",
    "AugmentationConfig": "augmentation",
    "Batch": "batches",
    "BatchConfig": "batches",
    "FrameSet": "frames",
    "PhantomSetConfig": "phantoms",
    "augment_colors": "augmentation",
    "data_folder": "location",
    "draw_batch": "batches",
    "read_larynx": "larynx",
    "read_polyp": "polyp",
    "render_phantoms": "phantoms",
}

__getattr__ = lazy_names(__name__, _HOME)
