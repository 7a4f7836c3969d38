"""Data sets on disk as arrays, and batches drawn from them the same way every time."""

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
