"""Networks that only training needs: shapes, where they start, that they learn what they are for."""

from __future__ import annotations

import math

import pytest
import torch

from EndoDepthTrainingLib.geometry import rigid_from_twist
from EndoDepthTrainingLib.networks.flow_networks import AppearanceFlowNetwork, OpticalFlowNetwork
from EndoDepthTrainingLib.networks.learned_focal import BOUND, LearnedFocal
from EndoDepthTrainingLib.networks.pair_encoder import PairEncoder
from EndoDepthTrainingLib.networks.pose_network import PoseNetwork


def images(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "resnet18"])
def test_two_equal_pictures_give_what_one_gives(name: str) -> None:
    torch.manual_seed(0)
    pair = PairEncoder(name).eval()
    features = pair(images(0), images(0))
    first = next(layer for layer in pair.modules() if isinstance(layer, torch.nn.Conv2d))
    assert first.weight.shape[1] == 6
    one, other = first.weight[:, :3], first.weight[:, 3:]
    assert torch.equal(one, other)
    assert [each.shape[-2:] for each in features] == [(64 // s, 96 // s) for s in (2, 4, 8, 16, 32)]
    different = pair(images(0), images(1))
    assert not torch.allclose(features[-1], different[-1])


def test_everything_starts_at_rest_and_can_leave_it() -> None:
    torch.manual_seed(0)
    encoder = "tf_efficientnet_lite0"
    pose, flow, light = PoseNetwork(encoder), OpticalFlowNetwork(encoder), AppearanceFlowNetwork(encoder)
    twist = pose(images(0), images(1))
    assert twist.shape == (2, 6) and torch.equal(rigid_from_twist(twist), torch.eye(4).expand(2, 4, 4))
    assert flow(images(0), images(1)).shape == (2, 2, 64, 96) and light(images(0), images(1)).shape == (2, 3, 64, 96)
    for network in (pose, flow, light):
        output = network(images(0), images(1))
        assert float(output.detach().abs().max()) == 0.0
        (output - 1.0).square().sum().backward()
        heads = [p for n, p in network.named_parameters() if "head" in n and n.endswith("weight")]
        assert all(float(parameter.grad.abs().max()) > 0 for parameter in heads)


def test_a_learned_focal_length_is_bounded_and_leaves_known_ones_alone() -> None:
    focal = LearnedFocal([True, False])
    assert focal(torch.tensor([0, 1, 0])).tolist() == [1.0, 1.0, 1.0]
    focal.log_factor.data[:] = torch.tensor([50.0, 50.0])
    assert focal(torch.tensor([0, 1])).tolist() == pytest.approx([BOUND, 1.0])
    focal.log_factor.data[:] = math.atanh(0.5)
    factor = focal(torch.tensor([0, 1]))
    factor.sum().backward()
    assert float(factor[0].detach()) == pytest.approx(math.sqrt(BOUND))
    assert float(focal.log_factor.grad[0]) > 0 and float(focal.log_factor.grad[1]) == 0.0
