"""Networks: one encoder pass gives depth and text-guided segmentation. Imports torch."""

from EndoDepthLib.networks.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from EndoDepthLib.networks.config import NetworkConfig
from EndoDepthLib.networks.depth_decoder import DepthOutput
from EndoDepthLib.networks.folding import fold_batch_norms
from EndoDepthLib.networks.network import EndoDepthNetwork, NetworkOutput
from EndoDepthLib.networks.segmentation_decoder import SegmentationOutput
from EndoDepthLib.networks.torchvision_repair import repair_torchvision

__all__ = [
    "Checkpoint",
    "DepthOutput",
    "EndoDepthNetwork",
    "NetworkConfig",
    "NetworkOutput",
    "SegmentationOutput",
    "fold_batch_norms",
    "load_checkpoint",
    "save_checkpoint",
    "repair_torchvision",
]
