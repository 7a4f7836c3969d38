"""A finished stage is taken as it is only for the configuration it was trained with."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, load_checkpoint, save_checkpoint
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet
from EndoDepthTrainingLib.recipes.workplace import NETWORK_FILE, Workplace
from EndoDepthTrainingLib.stages import StageConfig

NETWORK = NetworkConfig(
    pixel_dim=8,
    attention_dim=16,
    attention_heads=2,
    depth_channels=(8, 8, 8, 8, 8),
    segmentation_channels=8,
)
CONFIG = StageConfig("tiny", 1, batch=BatchConfig({"phantoms": 2}, sizes=((32, 32),)), sheet_every=0, validate_every=0)


def finished(folder: Path, metadata: dict[str, Any]) -> Workplace:
    place = Workplace.open(folder, "cpu")
    (folder / "tiny").mkdir()
    save_checkpoint(folder / "tiny" / NETWORK_FILE, EndoDepthNetwork(NETWORK), place.vocabulary.to_dict(), metadata)
    return place


def test_a_stage_leaves_its_configuration_and_compares_it(tmp_path: Path) -> None:
    place = Workplace.open(tmp_path, "cpu")
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 255, (2, 32, 32, 3), np.uint8), rng.integers(0, 3, (2, 32, 32), np.uint8)
    frames = FrameSet(images, rng.uniform(1, 5, (2, 32, 32)).astype(np.float16), labels, np.array(["a", "a"]))
    place.run_stage(CONFIG, EndoDepthNetwork(NETWORK), {"phantoms": frames}, None, {"recipe": "test"})
    metadata = load_checkpoint(tmp_path / "tiny" / NETWORK_FILE).metadata
    assert metadata == {"recipe": "test", "stage": json.loads(json.dumps(asdict(CONFIG)))}
    place.run_stage(CONFIG, EndoDepthNetwork(NETWORK), {}, None, {})
    other = replace(CONFIG, steps=2, optimiser=replace(CONFIG.optimiser, learning_rate=0.5))
    with pytest.raises(SettingsError) as raised:
        place.run_stage(other, EndoDepthNetwork(NETWORK), {}, None, {})
    expected = "optimiser.learning_rate = 0.001, now 0.5, steps = 1, now 2; give another output folder"
    assert expected in str(raised.value) and "\n" not in str(raised.value)


def test_a_stage_that_does_not_say_how_it_was_trained_is_taken(tmp_path: Path) -> None:
    place = finished(tmp_path, {"recipe": "default-v0"})
    assert not place.run_stage(CONFIG, EndoDepthNetwork(NETWORK), {}, None, {}).training
