"""The mean of networks that were trained from one start."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.networks import EndoDepthNetwork


def average_networks(networks: Sequence[EndoDepthNetwork], shares: Sequence[float]) -> EndoDepthNetwork:
    """The network whose parameters and buffers are the weighted mean of those of `networks`, on the first one's device.

    shares: one a network, adding up to 1. Counters (integers) are the first network's. Only networks with a common
    start have a useful mean: Wortsman et al., Model soups, ICML 2022. Raises SettingsError for shares that do not add
    up or networks of different make.
    """
    if len(networks) != len(shares) or abs(sum(shares) - 1.0) > 1e-6:
        raise SettingsError(
            f"shares are {tuple(shares)} for {len(networks)} networks; expected one each, adding up to 1"
        )
    states = [network.state_dict() for network in networks]
    shapes = [{name: tensor.shape for name, tensor in state.items()} for state in states]
    if any(other != shapes[0] for other in shapes[1:]):
        raise SettingsError("the networks to average differ in their layers; expected networks of one make")
    mean = dict(states[0])
    with torch.no_grad():
        for name, tensor in states[0].items():
            if tensor.is_floating_point():
                parts = [share * state[name].to(tensor.device) for share, state in zip(shares, states, strict=True)]
                mean[name] = torch.stack(parts).sum(dim=0).to(tensor.dtype)
    average = copy.deepcopy(networks[0])
    average.load_state_dict(mean)
    return average.eval()
