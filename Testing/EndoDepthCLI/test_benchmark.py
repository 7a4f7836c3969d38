"""`endodepth benchmark` and `endodepth export` write whole files, and refuse in one line."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cv2
import pytest
from command_line.process import endodepth_in_one_process


def test_benchmark_and_export(tmp_path: Path, video: Path, weights: Path) -> None:
    chosen = ["--weights", weights]
    speed, model = tmp_path / "speed", tmp_path / "model.onnx"
    quick = ["--turns", "1", "--frames", "2", "--input", video, *chosen]
    outcomes = endodepth_in_one_process(
        {
            "benchmark": ["benchmark", "--output", speed, *quick],
            "export": ["export", "--output", model, "--size", "96x64", *chosen],
            "again": ["benchmark", "--output", speed, *quick],
            "there": ["export", "--output", model, *chosen],
            "size": ["export", "--output", tmp_path / "b.onnx", "--size", "big", *chosen],
            "name": ["export", "--output", tmp_path / "model.pt", *chosen],
        }
    )
    assert outcomes["benchmark"].exit_code == 0, outcomes["benchmark"].stderr
    values = json.loads((speed / "speed.json").read_text(encoding="utf-8"))
    for name in ("Monodepth2 forward", "depth network", "whole job, per frame", "stage: encode files"):
        assert values["timings"][name]["median_ms"] > 0 and name in outcomes["benchmark"].stdout
    assert set(values["targets"]) <= set(values["timings"])
    ratio = values["times_faster_than_reference"]["depth network"]
    median = {name: each["median_ms"] for name, each in values["timings"].items()}
    assert ratio == pytest.approx(median["Monodepth2 forward"] / median["depth network"], rel=0.01)
    assert values["runtime"] == "torch" and values["frame"] == [96, 64]
    chart = cv2.imread(str(speed / "speed.png"))
    assert chart.shape[1] == 1000 and chart.std() > 10
    if importlib.util.find_spec("onnx") is not None:
        assert outcomes["export"].exit_code == 0, outcomes["export"].stderr
        assert model.stat().st_size > 100_000 and json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
        assert "there already" in outcomes["there"].error_lines[0]
    for name, words in {"again": "not empty", "size": "WIDTHxHEIGHT", "name": ".onnx"}.items():
        assert outcomes[name].exit_code == 2 and words in outcomes[name].error_lines[0]
    assert not (tmp_path / "b.onnx").exists() and not list(tmp_path.glob(".partial*"))
