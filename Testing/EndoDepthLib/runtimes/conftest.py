from __future__ import annotations

from pathlib import Path

import pytest
import torch

from EndoDepthLib.inference.weights import LoadedWeights, load_weights
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, save_checkpoint
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.runtimes.probe import probe_picture


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> LoadedWeights:
    """Untrained, with the statistics of a picture, so that its answers differ from pixel to pixel."""
    torch.manual_seed(0)
    config = NetworkConfig(input_pixels=64 * 64, pixel_dim=16, attention_dim=32, depth_channels=(16, 16, 8, 8, 8))
    network = EndoDepthNetwork(config).train()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0
    pictures = torch.from_numpy(probe_picture(96, 64))[None]
    with torch.no_grad():
        network(torch.cat([pictures, pictures.flip(3)]), torch.from_numpy(load_vocabulary().embeddings))
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_checkpoint(path, network.eval(), load_vocabulary().to_dict(), {})
    return load_weights(path)


@pytest.fixture(scope="session")
def a_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _uses_the_cache(a_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDODEPTH_CACHE", str(a_cache))
    monkeypatch.delenv("ENDODEPTH_RUNTIME", raising=False)
