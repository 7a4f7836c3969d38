"""Dense attention pooling and the context decoder (Yang et al. 2024, stage 1; DenseCLIP, Rao et al., CVPR 2022)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

_FREQUENCIES = 4


def position_features(height: int, width: int, like: Tensor) -> Tensor:
    """Fourier features of where each cell lies in the picture, (height * width, 4 * 4).

    Coordinates run from -1 to 1 along the longer side and keep the aspect ratio, so the encoding means the same at
    every resolution. `like` gives dtype and device.
    """
    longer = max(height, width)
    y = (torch.arange(height, dtype=like.dtype, device=like.device) + 0.5) * 2.0 / longer - height / longer
    x = (torch.arange(width, dtype=like.dtype, device=like.device) + 0.5) * 2.0 / longer - width / longer
    grid = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).reshape(-1, 2, 1)
    phases = grid * (math.pi / 2.0 * 2.0 ** torch.arange(_FREQUENCIES, dtype=like.dtype, device=like.device))
    return torch.cat([phases.sin(), phases.cos()], dim=-1).flatten(1)


class Attention(nn.Module):
    """Multi-head attention of queries (B, Q, D) to a memory (B, M, D) -> (B, Q, D)."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_query = nn.Linear(dim, dim)
        self.to_key_value = nn.Linear(dim, 2 * dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        """Attend; softmax over the memory."""
        query = self._split(self.to_query(queries))
        key, value = (self._split(part) for part in self.to_key_value(memory).chunk(2, dim=-1))
        attended = functional.scaled_dot_product_attention(query, key, value)
        return self.output(attended.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class AttentionLayer(nn.Module):
    """Pre-norm attention and a two-layer perceptron, both residual; memory None = self-attention."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(dim)
        self.attention = Attention(dim, heads)
        self.perceptron = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """x (B, N, D) -> (B, N, D)."""
        queries = self.query_norm(x)
        x = x + self.attention(queries, queries if memory is None else memory)
        return x + self.perceptron(x)


class DenseAttentionPooling(nn.Module):
    """CLIP's attention pooling kept dense: every cell of the deepest features sees the whole picture.

    (B, C, h, w) -> (B, D, h, w). As in CLIP the mean feature joins as a token; here it and all cells stay queries, and
    the result is added to the projected features (residual), so both decoders get local and global evidence: depth in
    endoscopy is a global matter.
    """

    def __init__(self, in_channels: int, dim: int, heads: int, layers: int) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Conv2d(in_channels, dim, 1, bias=False), nn.BatchNorm2d(dim))
        self.position = nn.Linear(4 * _FREQUENCIES, dim)
        self.layers = nn.ModuleList(AttentionLayer(dim, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)

    def forward(self, deepest: Tensor) -> Tensor:
        """The pooled features, same grid."""
        projected = self.project(deepest)
        height, width = projected.shape[-2:]
        cells = projected.flatten(2).transpose(1, 2)
        cells = cells + self.position(position_features(height, width, self.position.weight))
        tokens = torch.cat([cells.mean(dim=1, keepdim=True), cells], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        pooled = self.norm(tokens[:, 1:]).transpose(1, 2).unflatten(2, (height, width))
        return projected + pooled


class ContextDecoder(nn.Module):
    """Adapts texts to the image (DenseCLIP's post-model prompting): text + gamma * cross-attention(text, image).

    Texts (K, D) and cells (B, N, D) -> (B, K, D). No attention among the texts: what one text becomes does not depend
    on which others are asked for. gamma starts small, so training starts from the plain texts.
    """

    def __init__(self, dim: int, heads: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(AttentionLayer(dim, heads) for _ in range(layers))
        self.memory_norm = nn.LayerNorm(dim)
        self.gamma = nn.Parameter(torch.full((dim,), 1e-2))

    def forward(self, texts: Tensor, cells: Tensor) -> Tensor:
        """The texts as this image shows them."""
        original = texts.unsqueeze(0).expand(len(cells), -1, -1)
        if not self.layers:
            return original
        memory, adapted = self.memory_norm(cells), original
        for layer in self.layers:
            adapted = layer(adapted, memory)
        return original + self.gamma * adapted
