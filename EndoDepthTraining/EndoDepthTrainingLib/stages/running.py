"""What the loop does with batches and losses besides learning: moving the ones, averaging the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, distributed

from EndoDepthTrainingLib.processes import own_share


def moved(value: Any, device: torch.device) -> Any:
    """Tensors on the device, pictures (B, C, H, W) float in the memory format channels_last; also inside dataclasses,
    tuples, lists and dicts. Everything else as it is."""
    if isinstance(value, Tensor):
        if value.ndim == 4 and value.is_floating_point():
            return value.to(device, memory_format=torch.channels_last, non_blocking=True)
        return value.to(device, non_blocking=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: moved(getattr(value, field.name), device) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **parts)
    if isinstance(value, tuple):
        parts_of_tuple = [moved(item, device) for item in value]
        return type(value)(*parts_of_tuple) if hasattr(value, "_fields") else tuple(parts_of_tuple)
    if isinstance(value, list):
        return [moved(item, device) for item in value]
    if isinstance(value, Mapping):
        return {key: moved(item, device) for key, item in value.items()}
    return value


def mean_over_processes(figures: Mapping[str, Tensor], asked: bool) -> tuple[dict[str, float], bool]:
    """Scalars by name, each the mean over the processes, and whether any process was asked to end."""
    values = torch.stack([value.detach().float() for value in figures.values()])
    share = own_share()
    if share.world == 1:
        return dict(zip(figures, values.tolist(), strict=True)), asked
    values = torch.cat([values, values.new_tensor([float(asked)])])
    distributed.all_reduce(values)
    *means, anybody = (values / share.world).tolist()
    return dict(zip(figures, means, strict=True)), anybody > 0.0


class RunningMeans:
    """Means of figures since they were last taken; sums and count are part of a run's state."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.count = 0
        self._seconds: list[float] = []

    def add(self, figures: Mapping[str, float], seconds: float) -> None:
        """The figures of a step, and how long it took."""
        self.sums = {name: self.sums.get(name, 0.0) + value for name, value in figures.items()}
        self.count += 1
        self._seconds.append(seconds)

    def take(self) -> tuple[dict[str, float], float]:
        """Means of the figures, and seconds per step; then it begins anew."""
        means = {name: total / self.count for name, total in self.sums.items()}
        seconds = sum(self._seconds) / len(self._seconds)
        self.sums, self.count, self._seconds = {}, 0, []
        return means, seconds
