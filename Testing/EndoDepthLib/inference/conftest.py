from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, save_checkpoint
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.values import Frame


@pytest.fixture(scope="session")
def a_frame() -> Frame:
    """Smooth colour with structure, odd sized."""
    generator = np.random.default_rng(0)
    coarse = torch.from_numpy(generator.random((1, 3, 6, 8), dtype=np.float32))
    smooth = torch.nn.functional.interpolate(coarse, size=(75, 101), mode="bicubic")[0].clamp(0, 1)
    return Frame((smooth.permute(1, 2, 0).numpy() * 255).astype(np.uint8), index=7)


@pytest.fixture(scope="session")
def an_untrained_network(a_frame: Frame) -> EndoDepthNetwork:
    """Small and untrained, with batch statistics of a picture, so that its answers differ from pixel to pixel."""
    torch.manual_seed(0)
    config = NetworkConfig(input_pixels=64 * 64, pixel_dim=16, attention_dim=32, depth_channels=(16, 16, 8, 8, 8))
    network = EndoDepthNetwork(config).train()
    picture = torch.from_numpy(a_frame.image[:64, :96].copy()).permute(2, 0, 1)[None] / 255
    texts = torch.from_numpy(load_vocabulary().embeddings)
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0
    with torch.no_grad():
        network(torch.cat([picture, picture.flip(3)]), texts)
    return network.eval()


@pytest.fixture(scope="session")
def a_weight_file(an_untrained_network: EndoDepthNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_checkpoint(path, an_untrained_network, load_vocabulary().to_dict(), {"steps": 0})
    return path


@pytest.fixture(scope="session")
def a_model(a_weight_file: Path) -> EndoDepthModel:
    return EndoDepthModel.load(a_weight_file, device="cpu")
