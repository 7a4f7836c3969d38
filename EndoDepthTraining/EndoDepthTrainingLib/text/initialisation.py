"""Where the distillation starts: token vectors and prototypes taken from the teacher instead of noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from EndoDepthLib.prompts.text_tower import PrototypeHead, TextTowerConfig, build_text_transformer
from EndoDepthTrainingLib.text.teacher import TeacherCache

_CLASS_PROTOTYPES = 6
_OTHER_PROTOTYPES = 256
_SAMPLE = 6000


def readable_tokens(tokenizer: Any) -> dict[int, str]:
    """Token ids of open_clip's BPE vocabulary that spell at least two Latin letters, with their spelling."""
    spelled = {}
    for index, token in tokenizer.decoder.items():
        word = token.removesuffix("</w>")
        if re.fullmatch(r"[a-z]{2,}", word):
            spelled[index] = word
    return spelled


def initial_transformer(config: TextTowerConfig, tokenizer: Any, teacher: TeacherCache, seed: int) -> Any:
    """A text transformer that begins as the mean of the teacher's vectors of its tokens.

    Token embeddings: the teacher's embedding of each token's string, reduced by principal components to the width; the
    output projection undoes the reduction; the first attention layer averages all tokens and hands the mean through.
    """
    torch.manual_seed(seed)
    transformer: Any = build_text_transformer(config)
    spelled = readable_tokens(tokenizer)
    vectors = torch.from_numpy(teacher.embed(list(spelled.values())))
    centred = vectors - vectors.mean(dim=0)
    _, _, components = torch.pca_lowrank(centred, q=config.width, center=False)
    reduced = centred @ components
    gain = 1.0 / reduced.std()
    identity = torch.linalg.qr(torch.randn(config.width, config.width)).Q
    with torch.no_grad():
        transformer.token_embedding.weight.mul_(0.1)
        transformer.token_embedding.weight[torch.tensor(list(spelled))] = reduced * gain
        transformer.text_projection.copy_(components.T)
        attention = transformer.transformer.resblocks[0].attn
        attention.in_proj_weight[: 2 * config.width].mul_(0.1)
        attention.in_proj_weight[2 * config.width :] = identity
        attention.out_proj.weight.copy_(2.0 * identity.T)
    return transformer


def initial_head(vectors: np.ndarray, labels: np.ndarray, count: int, seed: int) -> PrototypeHead:
    """Prototypes by spherical k-means of the teacher's vectors (N, D): each class 0..count-1, the rest (count)."""
    prototypes, owner = [], []
    for index in range(count + 1):
        centres = _k_means(vectors[labels == index], _OTHER_PROTOTYPES if index == count else _CLASS_PROTOTYPES, seed)
        prototypes.append(centres)
        owner += [index] * len(centres)
    return PrototypeHead(torch.from_numpy(np.concatenate(prototypes)), torch.tensor(owner))


def _k_means(vectors: np.ndarray, count: int, seed: int, rounds: int = 10) -> np.ndarray:
    generator = np.random.default_rng(seed)
    vectors = vectors[generator.permutation(len(vectors))[:_SAMPLE]]
    centres = vectors[generator.choice(len(vectors), min(count, len(vectors)), replace=False)]
    for _ in range(rounds):
        nearest = (vectors @ centres.T).argmax(axis=1)
        sums = np.eye(len(centres), dtype=np.float32)[nearest].T @ vectors
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(norms > 0, sums / np.maximum(norms, 1e-9), centres).astype(np.float32)
    return centres


def split_held_out(terms: Sequence[str], labels: Sequence[int], known: frozenset[str]) -> np.ndarray:
    """(N,) bool: phrases kept out of the training for calibration: all phrases of about one term in ten.

    The choice hangs on the term alone, so that no phrasing of a held-out term is ever trained on; known terms stay in.
    """
    import zlib

    return np.array(
        [
            term not in known and label >= -1 and zlib.crc32(term.encode()) % 100 < 10
            for term, label in zip(terms, labels, strict=True)
        ]
    )
