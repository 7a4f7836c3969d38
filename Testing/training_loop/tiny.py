"""A task small enough to train within a second: a network with batch norm, masked losses, and mishaps on demand."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from EndoDepthTrainingLib.processes import mean_over_samples
from EndoDepthTrainingLib.stages import LoopConfig, Losses, ParameterGroup, Share

BATCH, SIDE = 6, 12


@dataclass(frozen=True)
class TinySettings:
    """What the task says of itself."""

    learning_rate: float = 3e-3


@dataclass(frozen=True)
class Mishap:
    """What goes wrong at `step`: "nan" in the pictures; "kill" of this process, unless `once` exists already (it is
    made first); "wait" for longer than any test."""

    kind: str = ""
    step: int = -1
    rank: int = 0
    once: Path | None = None


@dataclass(frozen=True)
class TinyBatch:
    """images (B, 3, SIDE, SIDE), target and mask (B, 1, SIDE, SIDE)."""

    images: Tensor
    target: Tensor
    mask: Tensor


class TinyLearner(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.unused = nn.Parameter(torch.ones(2))  # DDP must not wait for its gradient

    def forward(self, batch: TinyBatch, average: nn.Module, step: int) -> Losses:
        error = (self.network(batch.images) - batch.target).square()
        steady = (self.network(batch.images.flip(3)).flip(3) - average(batch.images)).square()
        return {
            "error": mean_over_samples((error * batch.mask).sum(), batch.mask.sum()),
            "steady": 0.1 * steady.mean(),
        }


class TinyTask:
    """Learns a blur; the mask of each sample counts another number of pixels, so that processes count differently."""

    name = "tiny"

    def __init__(self, mishap: Mishap | None = None, settings: TinySettings | None = None) -> None:
        torch.manual_seed(7)
        self.config = settings or TinySettings()
        self.network = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1)
        )
        self.learner = TinyLearner(self.network)
        self._mishap = mishap or Mishap()

    def batch(self, step: int, share: Share) -> TinyBatch:
        rng = np.random.default_rng([1, step])
        images = torch.from_numpy(rng.random((BATCH, 3, SIDE, SIDE), dtype=np.float32))
        target = nn.functional.avg_pool2d(images.mean(dim=1, keepdim=True), 3, 1, 1)
        mask = (torch.arange(SIDE * SIDE).view(SIDE, SIDE) % BATCH < torch.arange(1, 1 + BATCH).view(-1, 1, 1)).float()
        if step == self._mishap.step and share.rank == self._mishap.rank:
            images = self._happen(images)
        mine = slice(share.rank, None, share.world)
        return TinyBatch(images[mine], target[mine], mask[mine, None])

    def _happen(self, images: Tensor) -> Tensor:
        once = self._mishap.once
        if self._mishap.kind == "nan":
            return images * torch.nan
        if self._mishap.kind == "kill" and once is not None and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self._mishap.kind == "wait":
            time.sleep(600)
        return images

    def parameter_groups(self) -> list[ParameterGroup]:
        return [ParameterGroup(list(self.network.parameters()), self.config.learning_rate, 1e-2)]

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        batch = self.batch(1_000_000, Share())
        with torch.inference_mode():
            return {"error": float((average(batch.images) - batch.target).square().mean())}

    def sheet(self, average: nn.Module, step: int) -> np.ndarray:
        return (self.batch(1_000_000, Share()).images[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)


def tiny_config(**changes: object) -> LoopConfig:
    """Twelve steps, logged each, saved every fourth."""
    settings: dict[str, object] = {
        "name": "tiny", "steps": 12, "seed": 3, "warmup_steps": 2, "average_decay": 0.9,
        "checkpoint_every": 4, "validate_every": 6, "sheet_every": 12, "log_every": 1,
    }  # fmt: skip
    return LoopConfig(**{**settings, **changes})  # type: ignore[arg-type]
