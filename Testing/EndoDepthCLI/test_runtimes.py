"""--runtime, `endodepth runtimes`, and what results say of the runtime that made them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from command_line.comparison import contents, differences
from command_line.process import endodepth_in_one_process


@pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("onnx") is None,
    reason="ONNX Runtime comes with the extra 'fast'",
)
def test_a_runtime_is_recorded_resumed_and_agrees(
    tmp_path: Path, video: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENDODEPTH_CACHE", str(tmp_path / "cache"))
    depth = ["depth", video, "--weights", weights]
    first, again, reference = (tmp_path / name for name in ("first", "again", "reference"))
    with_onnx = ["--runtime", "onnxruntime"]
    outcomes = endodepth_in_one_process(
        {
            "first": [*depth, "--output", first, *with_onnx],
            "again": [*depth, "--output", again, *with_onnx],
            "reference": [*depth, "--output", reference],
            "list": ["runtimes", "--weights", weights, "--json"],
            "absent": [*depth, "--output", tmp_path / "absent", "--runtime", "torch-fp16"],
        }
    )
    absent = outcomes.pop("absent")
    assert absent.exit_code == 2 and "needs CUDA" in absent.error_lines[0] and not (tmp_path / "absent").exists()
    assert {name: each.exit_code for name, each in outcomes.items()} == dict.fromkeys(outcomes, 0)
    assert differences(first, again) == []  # the same runtime gives the same bytes
    reports = [json.loads((each / "report.json").read_text(encoding="utf-8")) for each in (first, reference)]
    assert [report["runtime"] for report in reports] == ["onnxruntime", "torch"]
    assert "onnxruntime" in reports[0]["program"] and reports[0]["weights"]["sha256"]
    one, other = np.load(first / "000002.npy"), np.load(reference / "000002.npy")
    assert np.nanmean(np.abs(one / other - 1)) <= 0.005
    listed = json.loads(outcomes["list"].stdout)
    assert listed["taken"] == "torch" and listed["runtimes"]["onnxruntime"]["agrees"]
    assert listed["runtimes"]["torch-fp16"]["missing"]

    before = contents(first)
    (first / "000003.npy").unlink()
    resumed = endodepth_in_one_process(
        {
            "resumed": [*depth, "--output", first, "--resume"],  # "auto" means what the folder was begun with
            "other": [*depth, "--output", first, "--resume", "--runtime", "torch"],
        }
    )
    assert resumed["resumed"].exit_code == 0, resumed["resumed"].stderr
    assert contents(first) == before
    assert resumed["other"].exit_code == 2 and "runtime" in resumed["other"].error_lines[0]
