"""The network: one encoder pass gives depth and text-guided segmentation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from EndoDepthLib.networks.attention import DenseAttentionPooling
from EndoDepthLib.networks.config import NetworkConfig
from EndoDepthLib.networks.depth_decoder import DepthDecoder, DepthOutput
from EndoDepthLib.networks.encoder import Encoder
from EndoDepthLib.networks.segmentation_decoder import SegmentationDecoder, SegmentationOutput


@dataclass(frozen=True)
class NetworkOutput:
    """Depth of a batch, and its segmentation when texts were given."""

    depth: DepthOutput
    segmentation: SegmentationOutput | None


class EndoDepthNetwork(nn.Module):
    """Depth and segmentation from one encoder (Yang et al., Biomed. Signal Process. Control 95 (2024) 106410).

    The paper trains the encoder by text-guided segmentation and lets it feed the depth network; here both decoders
    hang on the same encoder, so one pass gives both. encoder_weights: None, "imagenet" or a file (see Encoder).
    """

    def __init__(self, config: NetworkConfig, encoder_weights: Path | str | None = None) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config.encoder, encoder_weights)
        *skips, deepest = self.encoder.channels
        self.attention = DenseAttentionPooling(
            deepest, config.attention_dim, config.attention_heads, config.attention_layers
        )
        self.depth_decoder = DepthDecoder(
            tuple(skips), config.attention_dim, config.depth_channels, config.min_depth, config.max_depth
        )
        self.segmentation_decoder = SegmentationDecoder(config, tuple(skips))

    def encode(self, images: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) float in 0..1, H and W multiples of 32 -> five features at strides 2 to 32.

        The last one is the pooled deepest feature, `attention_dim` wide. Raises ValueError for other sizes.
        """
        if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] % 32 or images.shape[3] % 32:
            raise ValueError(f"images are {tuple(images.shape)}; expected (B, 3, H, W) with H and W multiples of 32")
        *skips, deepest = self.encoder(images)
        return [*skips, self.attention(deepest)]

    def decode_depth(self, features: list[Tensor]) -> DepthOutput:
        """Depth of encoded images."""
        return self.depth_decoder(features[:-1], features[-1])

    def segment(self, features: list[Tensor], text: Tensor) -> SegmentationOutput:
        """Segmentation of encoded images for texts (K, text_dim), unit vectors, any K >= 1.

        The logit "none of these" comes beside the K logits: see SegmentationOutput.
        """
        return self.segmentation_decoder(features[:-1], features[-1], text)

    def forward(self, images: Tensor, text: Tensor | None = None) -> NetworkOutput:
        """Depth, and segmentation when texts are given, from one encoder pass."""
        features = self.encode(images)
        segmentation = None if text is None else self.segment(features, text)
        return NetworkOutput(self.decode_depth(features), segmentation)
