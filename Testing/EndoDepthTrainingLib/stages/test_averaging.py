"""The mean of two networks, parameter by parameter."""

from __future__ import annotations

import pytest
import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthTrainingLib.stages.averaging import average_networks

CONFIG = NetworkConfig(
    pixel_dim=8, attention_dim=16, attention_heads=2, depth_channels=(8, 8, 8, 8, 8), segmentation_channels=8
)


def test_each_parameter_is_the_weighted_mean_and_the_networks_stay_as_they_were() -> None:
    torch.manual_seed(0)
    one, other = EndoDepthNetwork(CONFIG), EndoDepthNetwork(CONFIG)
    before = {name: tensor.clone() for name, tensor in one.state_dict().items()}
    mean = average_networks((one, other), (0.25, 0.75))
    assert not mean.training
    for name, tensor in mean.state_dict().items():
        expected = before[name]
        if tensor.is_floating_point():
            expected = 0.25 * expected + 0.75 * other.state_dict()[name]
        assert torch.allclose(tensor, expected), name
        assert torch.equal(one.state_dict()[name], before[name]), name


def test_shares_that_do_not_add_up_and_networks_that_differ_are_refused() -> None:
    one = EndoDepthNetwork(CONFIG)
    with pytest.raises(SettingsError, match="adding up to 1"):
        average_networks((one, one), (0.5, 0.6))
    wider = EndoDepthNetwork(
        NetworkConfig(
            pixel_dim=16, attention_dim=16, attention_heads=2, depth_channels=(8, 8, 8, 8, 8), segmentation_channels=8
        )
    )
    with pytest.raises(SettingsError, match="of one make"):
        average_networks((one, wider), (0.5, 0.5))
