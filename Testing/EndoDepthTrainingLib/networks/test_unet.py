"""The U-Net: logits on the pictures' grid, and every part of it learns."""

from __future__ import annotations

import torch

from EndoDepthTrainingLib.networks.unet import UNet


def test_logits_lie_on_the_pictures_grid_and_every_parameter_learns() -> None:
    torch.manual_seed(0)
    network = UNet("tf_efficientnet_lite0", 2, (16, 16, 8, 8, 8)).train()
    logits = network(torch.rand(2, 3, 64, 96))
    assert logits.shape == (2, 3, 64, 96) and logits.dtype == torch.float32
    logits.square().mean().backward()
    without = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
    # Biases before a batch norm would have none, but there are none: all parts take part.
    assert not without


def test_the_encoder_is_that_of_the_guided_network() -> None:
    from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig

    guided = EndoDepthNetwork(NetworkConfig(attention_dim=16, depth_channels=(8, 8, 8, 8, 8), segmentation_channels=8))
    network = UNet("tf_efficientnet_lite0", 1, (8, 8, 8, 8, 8))
    network.encoder.load_state_dict(guided.encoder.state_dict())
    images = torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        pairs = zip(network.eval().encoder(images), guided.eval().encoder(images), strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)
