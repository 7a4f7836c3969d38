"""Images and texts that belong together lie together (CLIP, Radford et al., ICML 2021)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SAME = 1.0 - 1e-4


def image_text_contrast(images: Tensor, captions: Tensor, temperature: float = 0.07) -> Tensor:
    """Symmetric cross entropy of matching each image (B, D) to its caption (B, D) and back; unit vectors. A scalar.

    Images that share one caption, as frames of one kind do, are not told apart: they are nobody's wrong answer.
    """
    logits = images @ captions.T / temperature
    own = torch.eye(len(images), dtype=torch.bool, device=images.device)
    logits = logits.masked_fill((captions @ captions.T > _SAME) & ~own, -1e4)
    right = torch.arange(len(images), device=images.device)
    return (functional.cross_entropy(logits, right) + functional.cross_entropy(logits.T, right)) / 2.0
