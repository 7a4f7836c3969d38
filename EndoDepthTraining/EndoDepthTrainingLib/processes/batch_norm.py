"""Batch norm with the statistics of all processes' samples; torch's own does so on GPUs only."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm

from EndoDepthTrainingLib.processes.group import own_share
from EndoDepthTrainingLib.processes.reduction import sum_over_processes


class SynchronisedBatchNorm(_BatchNorm):
    """A batch norm (Ioffe and Szegedy 2015) over the batches of all processes; in evaluation mode like any other.

    Made from another batch norm whose parameters and buffers it takes over, under the same names; what timm's batch
    norms do after it (`drop`, `act`) it does too.
    """

    def __init__(self, source: _BatchNorm, group: distributed.ProcessGroup | None) -> None:
        super().__init__(source.num_features, source.eps, source.momentum, source.affine, source.track_running_stats)
        self.weight, self.bias = source.weight, source.bias
        for name, buffer in source.named_buffers(recurse=False):
            setattr(self, name, buffer)
        self.drop: nn.Module = getattr(source, "drop", nn.Identity())
        self.act: nn.Module = getattr(source, "act", nn.Identity())
        self._group = group
        self.train(source.training)

    def forward(self, input: Tensor) -> Tensor:
        """input (B, C, ...) float; statistics are taken in float32 at least."""
        normalised = self._normalise(input) if self.training else super().forward(input)
        return self.act(self.drop(normalised))

    def _normalise(self, input: Tensor) -> Tensor:
        x = input.to(torch.promote_types(input.dtype, torch.float32))
        across = [0, *range(2, x.ndim)]
        channels = [1, -1, *([1] * (x.ndim - 2))]
        samples = x.new_tensor([x.numel() / x.shape[1]])
        sums = sum_over_processes(torch.cat([x.sum(across), samples]), self._group)
        count = sums[-1].detach()
        mean = sums[:-1] / count
        # The mean first, then what lies around it: squares less the squared mean would lose float32's last digits.
        centred = x - mean.view(channels)
        variance = sum_over_processes(centred.square().sum(across), self._group) / count
        self._track(mean.detach(), variance.detach(), float(count))
        scaled = centred * (variance + self.eps).rsqrt().view(channels)
        if self.affine:
            scaled = scaled * self.weight.view(channels) + self.bias.view(channels)
        return scaled.to(input.dtype)

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor, count: float) -> None:
        if not self.track_running_stats or self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * (count / max(count - 1.0, 1.0)), share)

    def _check_input_dim(self, input: Tensor) -> None:
        """Any number of dimensions from two on."""


def synchronise_batch_norms(module: nn.Module) -> None:
    """Replace every batch norm inside `module` by one over all processes; nothing to do for a process alone."""
    if own_share().world > 1:
        # A group of its own: gradients are summed over processes at the same time, and must not come in between.
        _replace(module, distributed.new_group() if distributed.get_backend() == "gloo" else None)


def _replace(module: nn.Module, group: distributed.ProcessGroup | None) -> None:
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm) and not isinstance(child, SynchronisedBatchNorm):
            setattr(module, name, SynchronisedBatchNorm(child, group))
        else:
            _replace(child, group)
