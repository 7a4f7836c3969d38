"""What the training loop asks of whatever is trained: supervised stages, self-supervision, segmentation, adaptation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor, nn


@dataclass(frozen=True)
class Share:
    """The part of every global batch that is this process's: every `world`-th sample, from `rank` on."""

    rank: int = 0
    world: int = 1


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning rate and a weight decay."""

    parameters: list[nn.Parameter]
    learning_rate: float
    weight_decay: float = 0.0


class Task(Protocol):
    """Something the loop can train.

    learner: everything that learns, as one module; learner(batch, average, step) gives the weighted losses by name,
    scalars with gradient whose sum is minimised, each a mean over samples. `average`: the averaged copy of `network`.
    network: the part of the learner that is averaged, validated and exported.
    """

    name: str
    learner: nn.Module
    network: nn.Module

    def batch(self, step: int, share: Share) -> Any:
        """This process's part of the batch of a step: a pure function of the step, so that a resumed run sees what an
        undisturbed one would have. Tensors, or dataclasses, tuples and dicts of them."""

    def parameter_groups(self) -> list[ParameterGroup]:
        """What is optimised, and how fast."""

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Figures of the averaged network on what no step saw, for log and curves; empty when there is nothing."""

    def sheet(self, average: nn.Module, step: int) -> np.ndarray | None:
        """A picture sheet (H, W, 3) uint8 RGB of what the averaged network now does; None: no sheet."""


Losses = dict[str, Tensor]
"""Weighted losses by name, scalars."""
