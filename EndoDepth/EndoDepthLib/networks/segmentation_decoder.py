"""The text-guided segmentation decoder (Yang et al. 2024, stage 1), for any number of texts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from EndoDepthLib.networks.attention import ContextDecoder
from EndoDepthLib.networks.blocks import ConvBlock, SeparableConvBlock, upsample
from EndoDepthLib.networks.config import NetworkConfig


@dataclass(frozen=True)
class SegmentationOutput:
    """Logits for K texts, and for "none of these", which is learned with the network and asked for by nobody.

    logits (B, K, H, W), none_logit (B, 1, H, W); score_map (B, K, h, w) and none_score (B, 1, h, w) at stride 32, for
    the auxiliary loss. All float32. Softmax over [none, K texts] gives probabilities.
    """

    logits: Tensor
    none_logit: Tensor
    score_map: Tensor
    none_score: Tensor

    @property
    def logits_with_none(self) -> Tensor:
        """(B, 1 + K, H, W): channel 0 is "none of these", as label 0 is."""
        return torch.cat([self.none_logit, self.logits], dim=1)

    @property
    def scores_with_none(self) -> Tensor:
        """(B, 1 + K, h, w): the low-resolution score map, channel 0 "none of these"."""
        return torch.cat([self.none_score, self.score_map], dim=1)


class SegmentationDecoder(nn.Module):
    """Pixels and texts meet in one space; the score map guides the decoder.

    1. Texts (K, text_dim) are projected to pixel_dim and adapted to the image by the context decoder.
    2. Score map = cosine(deepest pixel embedding, text) / temperature (learned, 0.07 at first).
    3. The score map is fused into the deepest features. The paper concatenates its K channels, which fixes K
       ("concatenate"); "mixture" concatenates what does not depend on K or on the texts' order: the highest score and
       the score-weighted mixture of the texts, so new texts need no new weights and permuted texts permute the masks.
    4. A light feature pyramid up to stride 4 gives pixel embeddings; logits = cosine with the texts / temperature.
    """

    def __init__(self, config: NetworkConfig, skips: tuple[int, ...]) -> None:
        super().__init__()
        self.score_fusion, self.fixed_classes = config.score_fusion, config.fixed_classes
        width, dim = config.segmentation_channels, config.pixel_dim
        self.project_text = nn.Linear(config.text_dim, dim, bias=False)
        self.none_embedding = nn.Parameter(torch.randn(1, dim) / math.sqrt(dim))
        self.context_decoder = ContextDecoder(dim, config.attention_heads, config.context_layers)
        self.project_deepest = nn.Conv2d(config.attention_dim, dim, 1)
        self.log_score_temperature = nn.Parameter(torch.tensor(math.log(0.07)))
        self.log_pixel_temperature = nn.Parameter(torch.tensor(math.log(0.07)))
        fused = config.attention_dim + (dim + 1 if config.score_fusion == "mixture" else config.fixed_classes + 1)
        self.deepest = ConvBlock(fused, width, 1)
        self.laterals = nn.ModuleList(ConvBlock(skip, width, 1) for skip in reversed(skips[1:]))  # strides 16, 8, 4
        self.smooth = nn.ModuleList(SeparableConvBlock(width, width) for _ in skips[1:])
        self.pixel_embedding = nn.Sequential(SeparableConvBlock(width, width), nn.Conv2d(width, dim, 1))

    def forward(self, skips: list[Tensor], context: Tensor, text: Tensor) -> SegmentationOutput:
        """skips: features at strides 2, 4, 8, 16; context (B, C, h, w); text (K, text_dim) unit vectors, K >= 1."""
        if text.ndim != 2 or text.shape[1] != self.project_text.in_features or not len(text):
            raise ValueError(f"text is {tuple(text.shape)}; expected (K, {self.project_text.in_features}), K >= 1")
        if self.score_fusion == "concatenate" and len(text) != self.fixed_classes:
            raise ValueError(f"{len(text)} texts; this network concatenates the scores of exactly {self.fixed_classes}")
        embedded = self.project_deepest(context)
        texts = torch.cat([self.none_embedding, self.project_text(text)])
        texts = functional.normalize(self.context_decoder(texts, embedded.flatten(2).transpose(1, 2)), dim=-1)
        scores = _similarity(embedded, texts, self.log_score_temperature)
        x = self.deepest(torch.cat([context, self._fusion(scores, texts).to(context.dtype)], dim=1))
        for lateral, smooth, skip in zip(self.laterals, self.smooth, reversed(skips[1:]), strict=True):
            x = smooth(upsample(x) + lateral(skip))
        logits = upsample(_similarity(self.pixel_embedding(x), texts, self.log_pixel_temperature), 4)
        return SegmentationOutput(logits[:, 1:], logits[:, :1], scores[:, 1:], scores[:, :1])

    def _fusion(self, scores: Tensor, texts: Tensor) -> Tensor:
        if self.score_fusion == "concatenate":
            return scores
        mixture = torch.einsum("bkhw,bkd->bdhw", scores.softmax(dim=1), texts.float())
        return torch.cat([scores[:, 1:].amax(dim=1, keepdim=True), mixture], dim=1)


def _similarity(pixels: Tensor, texts: Tensor, log_temperature: Tensor) -> Tensor:
    """Cosine of pixels (B, D, h, w) and unit texts (B, K, D) over the temperature: (B, K, h, w) float32."""
    # The exponent is bounded so that a runaway temperature cannot overflow: 0.01 to 1.
    temperature = log_temperature.float().clamp(math.log(0.01), 0.0).exp()
    unit = functional.normalize(pixels.float(), dim=1)
    with torch.autocast(device_type=pixels.device.type, enabled=False):
        return torch.einsum("bdhw,bkd->bkhw", unit, texts.float() / temperature)
