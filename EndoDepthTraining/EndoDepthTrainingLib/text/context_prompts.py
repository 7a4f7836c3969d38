"""Prompt learning: the text queries of K prompts, moved by context tokens that are learned with the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthTrainingLib.text.guiding_tower import GuidingTower


class ContextPrompts(nn.Module):
    """Text queries (K, D) of K prompts: unit vectors of anchor + tower(context, words) - tower(first context, words).

    The tower is frozen, the N context tokens, shared by all prompts, are learned (CoOp; DenseCLIP's learnable
    contexts). The difference makes training start exactly at the anchors: at the vectors that the start weights know
    for a class, so that nothing they can do is lost. What one prompt becomes does not hang on the others.

    tower: of width W and text_dim D. anchors (K, D) unit vectors, None: what the tower says without context.
    count: N, 0 = nothing is learned.
    """

    anchors: Tensor
    first: Tensor
    ids: Tensor
    reference: Tensor

    def __init__(
        self, tower: GuidingTower, prompts: Sequence[str], anchors: Tensor | None = None, count: int = 8, seed: int = 0
    ) -> None:
        super().__init__()
        self.tower, self.prompts = tower, tuple(prompts)
        ids = tower.tokens(self.prompts, count)
        with torch.no_grad():
            plain = tower.embed(ids)
            generator = torch.Generator().manual_seed(seed)
            first = 0.02 * torch.randn((count, tower.width), generator=generator)
            reference = tower.embed(ids, first)
        self.context = nn.Parameter(first.clone())
        values = {"ids": ids, "first": first, "reference": reference, "anchors": plain if anchors is None else anchors}
        for name, value in values.items():
            self.register_buffer(name, value.clone())

    def forward(self) -> Tensor:
        """(K, D) float32 unit vectors."""
        if not len(self.context):
            return self.anchors
        moved = self.tower.embed(self.ids, self.context) - self.reference
        return functional.normalize(self.anchors + moved, dim=1)

    def record(self) -> dict[str, Any]:
        """What a checkpoint says of the texts: which tower, and the context, by which it could read another prompt."""
        tokens = {"context": self.context, "first_context": self.first}
        return {
            "name": self.tower.name,
            "source": self.tower.source,
            "sha256": self.tower.sha256,
            **{name: [[round(v, 6) for v in row] for row in value.tolist()] for name, value in tokens.items()},
        }
