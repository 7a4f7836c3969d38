"""What a network is made of: saved in its checkpoint, so that a checkpoint rebuilds itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from EndoDepthLib.errors import SettingsError

ENCODERS = ("tf_efficientnet_lite0", "resnet18", "resnet50")
"""timm names of the encoders that may be asked for."""

SCORE_FUSIONS = ("mixture", "concatenate")
"""How the score map reaches the segmentation decoder: for any number of texts, or the paper's fixed K channels."""


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of an EndoDepthNetwork. Raises SettingsError for values that cannot make one.

    encoder: one of ENCODERS. text_dim: width of the text embeddings. pixel_dim: width of the space in which pixels and
    texts are compared. min_depth, max_depth: ends of the depth range, in the network's own unit (scale is unknown).
    input_pixels: number of pixels (width x height) the network is meant to see; inference resizes to about this many.
    attention_*: the dense attention pooling over the deepest features. context_layers: cross-attention layers that
    adapt the texts to the image (0 = none). depth_channels: widths of the depth decoder at strides 16, 8, 4, 2 and 1.
    segmentation_channels: width of the segmentation decoder. score_fusion: one of SCORE_FUSIONS; "concatenate" is
    the paper's way and takes exactly `fixed_classes` texts.
    """

    encoder: str = "tf_efficientnet_lite0"
    text_dim: int = 384
    pixel_dim: int = 64
    min_depth: float = 0.1
    max_depth: float = 100.0
    input_pixels: int = 320 * 256
    attention_dim: int = 256
    attention_heads: int = 4
    attention_layers: int = 1
    context_layers: int = 1
    depth_channels: tuple[int, int, int, int, int] = (128, 64, 32, 24, 16)
    segmentation_channels: int = 64
    score_fusion: str = "mixture"
    fixed_classes: int = 0

    def __post_init__(self) -> None:
        if self.encoder not in ENCODERS:
            raise SettingsError(f"encoder is {self.encoder!r}; expected one of {', '.join(ENCODERS)}")
        if not 0.0 < self.min_depth < self.max_depth:
            raise SettingsError(f"depth range is {self.min_depth}..{self.max_depth}; expected 0 < minimum < maximum")
        sizes = ("text_dim", "pixel_dim", "attention_dim", "attention_heads", "segmentation_channels")
        for name, least in {**dict.fromkeys(sizes, 1), "attention_layers": 1, "context_layers": 0}.items():
            if getattr(self, name) < least:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected at least {least}")
        if self.input_pixels < 32 * 32:
            raise SettingsError(f"input_pixels is {self.input_pixels}; expected at least {32 * 32}")
        for name in ("attention_dim", "pixel_dim"):
            if getattr(self, name) % self.attention_heads:
                raise SettingsError(f"{name} is {getattr(self, name)}; {self.attention_heads} heads must divide it")
        if len(self.depth_channels) != 5 or min(self.depth_channels) < 1:
            raise SettingsError(f"depth_channels is {self.depth_channels}; expected 5 widths, strides 16 to 1")
        if self.score_fusion not in SCORE_FUSIONS:
            raise SettingsError(f"score_fusion is {self.score_fusion!r}; expected one of {', '.join(SCORE_FUSIONS)}")
        if (self.score_fusion == "concatenate") != (self.fixed_classes > 0):
            raise SettingsError(
                f"fixed_classes is {self.fixed_classes} with score_fusion {self.score_fusion!r}; "
                "only 'concatenate' takes a number of classes, and it needs one"
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NetworkConfig:
        """The config saved by to_dict. Raises SettingsError for unknown entries or wrong types."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise SettingsError(f"network configuration has unknown entries {', '.join(sorted(unknown))}")
        given = dict(values)
        if "depth_channels" in given:
            given["depth_channels"] = tuple(given["depth_channels"])
        try:
            return cls(**given)
        except TypeError as error:
            raise SettingsError(f"network configuration holds a value of the wrong type: {error}") from error
