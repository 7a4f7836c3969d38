from __future__ import annotations

import pytest
import torch

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig


@pytest.fixture(scope="session")
def a_config() -> NetworkConfig:
    return NetworkConfig(text_dim=24, pixel_dim=16, attention_dim=32, depth_channels=(16, 16, 8, 8, 8))


@pytest.fixture(scope="session")
def some_images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(2, 3, 8, 12, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, scale_factor=8, mode="bilinear")
    return (smooth + 0.1 * torch.rand(2, 3, 64, 96, generator=generator)).clamp(0, 1)


@pytest.fixture(scope="session")
def some_texts() -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(5, 24, generator=torch.Generator().manual_seed(2)), dim=1)


@pytest.fixture(scope="session")
def a_network(a_config: NetworkConfig, some_images: torch.Tensor, some_texts: torch.Tensor) -> EndoDepthNetwork:
    """Untrained, but with batch statistics of these images, so that its answers differ from pixel to pixel."""
    torch.manual_seed(0)
    network = EndoDepthNetwork(a_config).train()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0
    with torch.no_grad():
        network(some_images, some_texts)
    return network.eval()
