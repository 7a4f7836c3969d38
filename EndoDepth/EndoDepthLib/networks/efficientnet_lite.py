"""EfficientNet-Lite0 as an encoder, written here so that predicting needs neither timm nor torchvision.

Importing those two takes longer than the whole first prediction. Parameter names are timm's (`tf_efficientnet_lite0`),
so checkpoints and ImageNet weights fit either way; the tests compare both, tensor by tensor.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch.nn.functional as functional
from torch import Tensor, nn

CHANNELS = (16, 24, 40, 112, 320)
"""Widths of the features at strides 2, 4, 8, 16 and 32."""

MEAN = STD = (0.5, 0.5, 0.5)
"""What its ImageNet weights were trained with, per channel."""

_STEM = 32
# Kernel, stride, width and number of blocks of each stage: table 1 of Tan and Le, "EfficientNet", ICML 2019, without
# squeeze-and-excitation (the "Lite" variants).
_STAGES = ((3, 1, 16, 1), (3, 2, 24, 2), (5, 2, 40, 2), (3, 2, 80, 3), (5, 1, 112, 3), (5, 2, 192, 4), (3, 1, 320, 1))
_LAST_OF_STRIDE = (0, 1, 2, 4, 6)  # the stages whose output is the deepest of its stride
_EXPANSION = 6
_EPSILON = 1e-3


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow pads "same": of an odd number of rows the larger part comes last."""

    def forward(self, input: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, ceil(H / stride), ceil(W / stride))."""
        height, width = (
            max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
            for size, stride, kernel in zip(input.shape[-2:], self.stride, self.kernel_size, strict=True)
        )
        padded = functional.pad(input, (width // 2, width - width // 2, height // 2, height - height // 2))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class _Separable(nn.Module):
    """The first stage's block: depthwise, then pointwise without activation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = _conv(inputs, inputs, kernel, stride, groups=inputs)
        self.bn1 = nn.BatchNorm2d(inputs, eps=_EPSILON)
        self.conv_pw = _conv(inputs, outputs, 1)
        self.bn2 = nn.BatchNorm2d(outputs, eps=_EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn2(self.conv_pw(functional.relu6(self.bn1(self.conv_dw(x)), inplace=True)))


class _InvertedResidual(nn.Module):
    """Widen, depthwise, narrow without activation; the input is added where it has the output's shape."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = inputs * _EXPANSION
        self.conv_pw = _conv(inputs, wide, 1)
        self.bn1 = nn.BatchNorm2d(wide, eps=_EPSILON)
        self.conv_dw = _conv(wide, wide, kernel, stride, groups=wide)
        self.bn2 = nn.BatchNorm2d(wide, eps=_EPSILON)
        self.conv_pwl = _conv(wide, outputs, 1)
        self.bn3 = nn.BatchNorm2d(outputs, eps=_EPSILON)
        self.has_shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        wide = functional.relu6(self.bn1(self.conv_pw(x)), inplace=True)
        wide = functional.relu6(self.bn2(self.conv_dw(wide)), inplace=True)
        narrow = self.bn3(self.conv_pwl(wide))
        return narrow + x if self.has_shortcut else narrow


class EfficientNetLite0(nn.Module):
    """(B, 3, H, W) normalised -> five features of widths CHANNELS at strides 2 to 32; begins with random weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = _conv(3, _STEM, 3, 2)
        self.bn1 = nn.BatchNorm2d(_STEM, eps=_EPSILON)
        stages = []
        widths = (_STEM, *(width for _, _, width, _ in _STAGES))
        for number, ((inputs, outputs), (kernel, stride, _, count)) in enumerate(
            zip(pairwise(widths), _STAGES, strict=True)
        ):
            kind = _InvertedResidual if number else _Separable
            blocks = [kind(inputs, outputs, kernel, stride)]
            blocks += [kind(outputs, outputs, kernel, 1) for _ in range(count - 1)]
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # He et al. 2015, fan-out, as EfficientNet was trained
                fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels // module.groups
                nn.init.normal_(module.weight, 0.0, math.sqrt(2.0 / fan_out))

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features, shallow first."""
        x = functional.relu6(self.bn1(self.conv_stem(images)), inplace=True)
        features = []
        for number, stage in enumerate(self.blocks):
            x = stage(x)
            if number in _LAST_OF_STRIDE:
                features.append(x)
        return features


def _conv(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    if stride == 1:
        return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)
    return SameConv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
