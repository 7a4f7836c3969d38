"""What the training loop asks of whatever is trained: supervised stages, self-supervision, segmentation, adaptation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor, nn

from EndoDepthTrainingLib.processes import Share

__all__ = ["Configured", "Losses", "ParameterGroup", "Share", "Task"]


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning rate and a weight decay."""

    parameters: list[nn.Parameter]
    learning_rate: float
    weight_decay: float = 0.0


class Task(Protocol):
    """Something the loop can train.

    learner: everything that learns, as one module; learner(batch, average, step) gives the weighted losses by name,
    scalars with gradient whose sum is minimised, each a mean over samples; the same names in every step and process.
    With masks, take the mean by processes.mean_over_samples. `average`: the averaged copy of `network`.
    network: the part of the learner that is averaged, validated and exported.
    """

    @property
    def name(self) -> str:
        """Of the task, for people."""

    @property
    def learner(self) -> nn.Module:
        """See above; an attribute will do."""

    @property
    def network(self) -> nn.Module:
        """See above; an attribute will do."""

    def batch(self, step: int, share: Share) -> Any:
        """This process's part of the batch of a step: a pure function of the step, so that a resumed run sees what an
        undisturbed one would have. Tensors, or dataclasses, tuples and dicts of them; the loop moves them."""

    def parameter_groups(self) -> list[ParameterGroup]:
        """What is optimised, and how fast."""

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Figures of the averaged network on what no step saw, for log and curves; empty when there is nothing."""

    def sheet(self, average: nn.Module, step: int) -> np.ndarray | None:
        """A picture sheet (H, W, 3) uint8 RGB of what the averaged network now does; None: no sheet."""


@runtime_checkable
class Configured(Protocol):
    """A task that says how it is set: the loop saves it with the state, and refuses to go on with other settings."""

    @property
    def config(self) -> Any:
        """A frozen dataclass, nested as may be, of what JSON can hold."""


Losses = dict[str, Tensor]
"""Weighted losses by name, scalars."""
