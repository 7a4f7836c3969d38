"""Sums and means over the samples of all processes, with gradients: the same figures as one process would have."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from EndoDepthTrainingLib.processes.group import own_share


class _Sum(torch.autograd.Function):
    """What every process adds, every process gets; so each one's gradient is the sum of all."""

    @staticmethod
    def forward(context: Any, value: Tensor, group: distributed.ProcessGroup | None) -> Tensor:
        context.group = group
        total = value.clone()
        distributed.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total, group=context.group)
        return total, None


def sum_over_processes(value: Tensor, group: distributed.ProcessGroup | None = None) -> Tensor:
    """The sum of every process's `value` (any shape, alike everywhere), with gradient. Every process has to call it."""
    if own_share().world == 1:
        return value
    return _Sum.apply(value.contiguous(), group)


def mean_over_samples(total: Tensor, count: Tensor, least: float = 1.0) -> Tensor:
    """`total` / `count` as one process with the whole batch would have it; both scalars, 0 where nothing counts.

    Masked losses are means over pixels or images that count, of which the processes have different numbers. Each
    divides its own total by the mean count per process: the mean of what the processes get, which is what data-parallel
    training descends, is then the total of all over the count of all. least: the least overall count to divide by.
    Every process has to call it, in the same order.
    """
    world = own_share().world
    if world == 1:
        return total / count.clamp(min=least)
    overall = count.detach().to(torch.promote_types(count.dtype, torch.float32), copy=True)
    distributed.all_reduce(overall)
    return total * world / overall.clamp(min=least)
