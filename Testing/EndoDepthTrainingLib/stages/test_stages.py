"""The loop: configuration that rebuilds itself, a kill that changes nothing, weights that average."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthTrainingLib.stages import StageConfig, config_from_dict
from EndoDepthTrainingLib.stages.loop import learning_rate_factor, update_average

SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import torch
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.stages import StageConfig, SupervisedTask, train

torch.set_num_threads(1)
torch.manual_seed(0)
rng = np.random.default_rng(0)
depth = rng.uniform(1, 5, (4, 32, 32)).astype(np.float16)
labels = rng.integers(0, 3, (4, 32, 32), np.uint8)
frames = FrameSet(rng.integers(0, 255, (4, 32, 32, 3), np.uint8), depth, labels, np.array(["a"] * 4))
unlabelled = FrameSet(frames.images, None, labels, frames.groups)
network = EndoDepthNetwork(NetworkConfig(pixel_dim=8, attention_dim=16, attention_heads=2,
                                         depth_channels=(8, 8, 8, 8, 8), segmentation_channels=8))
config = StageConfig("tiny", steps=8, batch=BatchConfig({"phantoms": 2, "larynx": 1}, sizes=((32, 32),)),
                     checkpoint_every=1, log_every=1, sheet_every=0)
sets = {"phantoms": frames, "larynx": unlabelled}
average = train(config.loop, SupervisedTask(config, network, sets, load_vocabulary()), Path(sys.argv[1]))
torch.save(average.state_dict(), Path(sys.argv[1]) / "result.pt")
"""


def start(folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], env=environment, stderr=subprocess.DEVNULL)


def test_a_killed_stage_goes_on_exactly_as_if_nothing_had_happened(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert start(whole).wait(240) == 0
    process = start(cut)
    limit = time.monotonic() + 120
    while not (cut / "log.csv").exists() or len((cut / "log.csv").read_text(encoding="utf-8").splitlines()) < 4:
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait(60)
    assert not (cut / "result.pt").exists()
    assert start(cut).wait(240) == 0
    expected, resumed = (torch.load(folder / "result.pt", weights_only=True) for folder in (whole, cut))
    assert all(torch.equal(value, resumed[key]) for key, value in expected.items())
    logs = [(folder / "log.csv").read_text(encoding="utf-8") for folder in (whole, cut)]
    assert logs[0] == logs[1] and len(logs[0].splitlines()) == 9


def test_a_configuration_rebuilds_itself_from_json():
    config = StageConfig("a", 7, seed=3)
    assert config_from_dict(StageConfig, json.loads(json.dumps(asdict(config)))) == config
    with pytest.raises(SettingsError, match="unknown entries colour"):
        config_from_dict(StageConfig, {"name": "a", "steps": 1, "colour": 1})


def test_the_learning_rate_rises_then_falls():
    factors = [learning_rate_factor(step, 100, 10) for step in range(100)]
    assert factors[:10] == sorted(factors[:10]) and factors[9] == 1.0
    assert factors[10:] == sorted(factors[10:], reverse=True) and factors[-1] < 0.02


def test_the_average_moves_towards_the_network():
    network, average = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    with torch.no_grad():
        network.weight.fill_(3.0)
        network.running_mean.fill_(1.0)
    update_average(average, network, 0.75)
    assert average.weight.tolist() == [1.5, 1.5] and average.running_mean.tolist() == [0.25, 0.25]
