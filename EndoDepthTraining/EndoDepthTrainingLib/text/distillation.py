"""Distils the text tower from its teacher and teaches it, contrastively, what the networks were taught to name."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.prompts.text_tower import PrototypeHead, TextTowerConfig, build_tokenizer
from EndoDepthTrainingLib.text.initialisation import initial_head, initial_transformer, readable_tokens, split_held_out
from EndoDepthTrainingLib.text.teacher import TeacherCache
from EndoDepthTrainingLib.text.training_text import OTHER, TEMPLATES, UNNAMED, TrainingText

_LENGTH_GROUPS = 4
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DistillationSettings:
    """Everything that fixes the result besides the training text."""

    steps: int = 320
    batch: int = 256
    learning_rate: float = 1e-3
    embedding_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    class_share: float = 0.4
    other_share: float = 0.42
    template_share: float = 0.35
    contrastive_weight: float = 0.1
    refusal_weight: float = 0.2
    temperature: float = 0.07
    seed: int = 0
    save_every: int = 40


class Distillation:
    """The training of one tower: data in memory, a step function, a state file. Same settings, same tower."""

    def __init__(
        self, text: TrainingText, vocabulary: Vocabulary, teacher: TeacherCache, settings: DistillationSettings,
        config: TextTowerConfig,
    ) -> None:  # fmt: skip
        self.settings, self.config = settings, config
        self._tokenizer = build_tokenizer(config)
        words = [word for word in dict.fromkeys(readable_tokens(self._tokenizer).values()) if text.allows(word)]
        phrases = text.phrases
        self.texts = [phrase.text for phrase in phrases] + words
        labels = [phrase.label for phrase in phrases] + [UNNAMED] * len(words)
        terms = [phrase.term for phrase in phrases] + words
        known = frozenset(term for index in range(len(vocabulary)) for term in vocabulary.terms(index))
        self.held_out = split_held_out(terms, labels, known)
        self.targets = torch.from_numpy(teacher.embed(self.texts))
        self.count = len(vocabulary)
        self.labels = torch.tensor([self.count if label == OTHER else label for label in labels])
        self.weights = np.array([phrase.weight for phrase in phrases] + [1.0] * len(words))
        self._word_ids: dict[str, list[int]] = {}
        self._class_vectors = torch.from_numpy(np.asarray(vocabulary.embeddings))
        self.transformer: Any = initial_transformer(config, self._tokenizer, teacher, settings.seed)
        self._full_mask = self.transformer.attn_mask
        taught = (self.labels >= 0).numpy() & ~self.held_out
        self.head: PrototypeHead = initial_head(
            self.targets.numpy()[taught], self.labels.numpy()[taught], self.count, settings.seed
        )
        embedding = [self.transformer.token_embedding.weight]
        rest = [p for n, p in self.transformer.named_parameters() if n != "token_embedding.weight"]
        self.transformer.token_embedding.sparse = True  # a batch holds a few hundred of the 49408 tokens
        self._optimizers: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.SparseAdam(embedding, lr=settings.embedding_learning_rate, betas=(0.9, 0.98)),
            torch.optim.AdamW(
                [*rest, *self.head.parameters()],
                lr=settings.learning_rate,
                betas=(0.9, 0.98),
                weight_decay=settings.weight_decay,
            ),
        )
        self._dense = rest
        self._pools = self._make_pools()
        self.step = 0

    def _make_pools(self) -> list[tuple[np.ndarray, np.ndarray]]:
        labels, train = self.labels.numpy(), ~self.held_out
        pools = []
        for label in [*range(self.count), self.count, UNNAMED]:
            rows = np.flatnonzero((labels == label) & train)
            cumulative = np.cumsum(self.weights[rows])
            pools.append((rows, cumulative / cumulative[-1]))
        return pools

    def _draw(self, generator: np.random.Generator) -> tuple[np.ndarray, list[str]]:
        settings = self.settings
        kind = generator.random(settings.batch)
        pool = np.where(kind < settings.class_share, generator.integers(0, self.count, settings.batch), self.count)
        pool = np.where(kind >= settings.class_share + settings.other_share, self.count + 1, pool)
        place = generator.random(settings.batch)
        rows = np.array(
            [self._pools[p][0][np.searchsorted(self._pools[p][1], x)] for p, x in zip(pool, place, strict=True)]
        )
        template = generator.integers(0, len(TEMPLATES), settings.batch)
        plain = generator.random(settings.batch) >= settings.template_share
        texts = []
        for row, choice, bare in zip(rows, template, plain, strict=True):
            texts.append(self.texts[row] if bare else TEMPLATES[choice].format(self.texts[row]))
        return rows, texts

    def _token_lines(self, texts: list[str]) -> list[list[int]]:
        """Token ids without padding; BPE works word by word, so words are looked up."""
        tokenizer, length = self._tokenizer, self.config.context_length
        lines = []
        for text in texts:
            ids: list[int] = []
            for word in text.split():
                if word not in self._word_ids:
                    self._word_ids[word] = tokenizer.encode(word)
                ids += self._word_ids[word]
            lines.append([tokenizer.sot_token_id, *ids[: length - 2], tokenizer.eot_token_id])
        return lines

    def encode(self, texts: list[str]) -> torch.Tensor:
        """(N, text_dim) unit vectors with gradients; texts of like length go together, padded to the longest only."""
        lines = self._token_lines(texts)
        order = sorted(range(len(lines)), key=lambda row: len(lines[row]))
        size = -(-len(lines) // _LENGTH_GROUPS)
        parts = [self._encode_lines([lines[row] for row in order[i : i + size]]) for i in range(0, len(order), size)]
        place = torch.empty(len(order), dtype=torch.int64)
        place[torch.tensor(order)] = torch.arange(len(order))
        return functional.normalize(torch.cat(parts), dim=1)[place]

    def _encode_lines(self, lines: list[list[int]]) -> torch.Tensor:
        length = max(map(len, lines))
        table = torch.tensor([line + [0] * (length - len(line)) for line in lines])
        self.transformer.attn_mask = self._full_mask[:length, :length]  # open_clip's mask is for the full length
        try:
            return self.transformer(table)
        finally:
            self.transformer.attn_mask = self._full_mask

    def train_step(self) -> dict[str, float]:
        """One optimiser step on the batch that belongs to this step number; returns the losses."""
        settings = self.settings
        rows, texts = self._draw(np.random.default_rng((settings.seed, self.step)))
        ramp = min(1.0, (self.step + 1) / 100)
        decay = 0.5 * (1 + math.cos(math.pi * self.step / settings.steps))
        rates = (settings.embedding_learning_rate, settings.learning_rate)
        for optimizer, rate in zip(self._optimizers, rates, strict=True):
            optimizer.param_groups[0]["lr"] = rate * ramp * max(decay, 0.02)
            optimizer.zero_grad()
        vectors = self.encode(texts)
        labels = self.labels[rows]
        distilled = 1 - (vectors * self.targets[rows]).sum(dim=1).mean()
        taught, named = labels >= 0, (labels >= 0) & (labels < self.count)
        refusal = functional.cross_entropy(self.head(vectors[taught]), labels[taught], label_smoothing=0.02)
        contrast = functional.cross_entropy(
            vectors[named] @ self._class_vectors.T / settings.temperature, labels[named]
        )
        loss = distilled + settings.refusal_weight * refusal + settings.contrastive_weight * contrast
        loss.backward()
        nn.utils.clip_grad_norm_(self._dense, 1.0)
        for optimizer in self._optimizers:
            optimizer.step()
        self.step += 1
        return {"distillation": distilled.item(), "refusal": refusal.item(), "contrast": contrast.item()}

    def run(self, state_path: Path) -> None:
        """Train up to settings.steps, from the state file where there is one, saving it every save_every steps."""
        if state_path.exists():
            self._restore(torch.load(state_path, weights_only=True))
        running: dict[str, float] = {}
        while self.step < self.settings.steps:
            losses = self.train_step()
            running = {name: 0.98 * running.get(name, value) + 0.02 * value for name, value in losses.items()}
            if self.step % 50 == 0:
                _LOG.info("step %d/%d %s", self.step, self.settings.steps, {k: round(v, 4) for k, v in running.items()})
            if self.step % self.settings.save_every == 0 or self.step == self.settings.steps:
                self.save(state_path)

    def save(self, path: Path) -> None:
        """Write the state that run continues from, aside and then renamed."""
        state = {
            "step": self.step,
            "transformer": self.transformer.state_dict(),
            "head": self.head.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
        }
        aside = path.with_suffix(".part")
        torch.save(state, aside)
        aside.replace(path)

    def _restore(self, state: dict[str, Any]) -> None:
        self.transformer.load_state_dict(state["transformer"])
        self.head.load_state_dict(state["head"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step = int(state["step"])
