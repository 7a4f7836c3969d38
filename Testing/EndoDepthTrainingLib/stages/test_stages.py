"""Parts of the loop: configuration that rebuilds itself, the learning rate, weights that average."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
import torch

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthTrainingLib.stages import StageConfig, config_from_dict
from EndoDepthTrainingLib.stages.assessment import Assessment
from EndoDepthTrainingLib.stages.loop import learning_rate_factor, update_average


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


def test_frames_without_a_labelled_pixel_have_figures_too():
    figures = Assessment(None, SegmentationEvaluation(("liver", "polyp"))).figures()
    assert figures["depth"] is None and set(figures["masks"]["classes"]) >= {"liver", "polyp"}
