"""Runtimes answer alike, each the same every time; "auto" is measured once, remembered, and can be overruled."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.inference.weights import LoadedWeights
from EndoDepthLib.runtimes import (
    RUNTIMES,
    agreement,
    cache_folder,
    choose_runtime,
    make_runtime,
    missing_for,
    probe_runtimes,
    usable_runtimes,
)
from EndoDepthLib.runtimes.availability import quick_runtimes
from EndoDepthLib.runtimes.probe import DEPTH_TOLERANCE, LABEL_TOLERANCE, Probe, ProbeFigure, probe_picture, remembered
from EndoDepthLib.runtimes.runtime import NetworkAnswer
from EndoDepthLib.values import Frame

OTHERS = [name for name in quick_runtimes() if name != "torch"]
needs_fast = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None or importlib.util.find_spec("onnxruntime") is None,
    reason="OpenVINO and ONNX Runtime come with the extra 'fast'",
)


@needs_fast
@pytest.mark.parametrize("name", OTHERS)
def test_every_runtime_agrees_with_the_reference_and_with_itself(name: str, small_weights: LoadedWeights) -> None:
    runtime, reference = (make_runtime(small_weights, "cpu", each) for each in (name, "torch"))
    sizes = ((96, 64), (64, 96)) if name == "onnxruntime" else ((96, 64),)  # OpenVINO compiles each for seconds
    for width, height in sizes:
        image = probe_picture(width, height)
        for competitors in (None, range(len(small_weights.embeddings)), (0, 3)):
            answer, wanted = runtime.run(image, competitors), reference.run(image, competitors)
            depth_difference, labels_equal = agreement(answer, wanted)
            assert depth_difference <= DEPTH_TOLERANCE and labels_equal >= LABEL_TOLERANCE
            assert answer.inverse_depth.shape == (height, width) and answer.inverse_depth.dtype == np.float32
            assert np.abs(answer.confidence - wanted.confidence).max() < 0.01
            assert (answer.probabilities is None) == (competitors is None)
            if competitors is not None:
                asked = np.zeros(1 + len(small_weights.embeddings), bool)
                asked[[0, *(1 + each for each in competitors)]] = True
                assert not answer.probabilities[~asked].any()
                assert np.allclose(answer.probabilities.sum(axis=0), 1.0, atol=1e-4)
            again = runtime.run(image, competitors)
            assert np.array_equal(again.inverse_depth, answer.inverse_depth)
            assert competitors is None or np.array_equal(again.probabilities, answer.probabilities)
    assert wanted.inverse_depth.std() > 0.01 * wanted.inverse_depth.mean()  # nothing agrees by being flat


@needs_fast
def test_a_model_says_the_same_whatever_computes(small_weights: LoadedWeights) -> None:
    picture = (probe_picture(160, 120).transpose(1, 2, 0) * 255).astype(np.uint8)
    prompts = ["liver", "grasper"]
    torch_model, other = (EndoDepthModel(small_weights, "cpu", name) for name in ("torch", "onnxruntime"))
    one, two = (model.predict(Frame(picture), prompts=prompts) for model in (torch_model, other))
    assert np.abs(two.depth.depth / one.depth.depth - 1).mean() <= DEPTH_TOLERANCE
    assert (two.labels.labels == one.labels.labels).mean() >= LABEL_TOLERANCE
    assert other.runtime.name == "onnxruntime"


@needs_fast
def test_auto_measures_once_and_the_environment_overrules(
    small_weights: LoadedWeights, a_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = probe_runtimes(small_weights, "cpu")
    (file,) = a_cache.glob("probe-*.json")
    assert set(probe.figures) == set(quick_runtimes()) and probe.figures[probe.chosen].agrees
    # The choice that stands in the file is taken, not measured again.
    values = json.loads(file.read_text(encoding="utf-8"))
    values["chosen"] = "onnxruntime"
    file.write_text(json.dumps(values), encoding="utf-8")
    assert choose_runtime(small_weights, "cpu").name == "onnxruntime"
    monkeypatch.setenv("ENDODEPTH_RUNTIME", "torch")
    assert choose_runtime(small_weights, "cpu").name == "torch"
    assert choose_runtime(small_weights, "cpu", "openvino").name == "openvino"  # what is asked for by name wins
    file.write_text("{", encoding="utf-8")
    monkeypatch.delenv("ENDODEPTH_RUNTIME")
    assert choose_runtime(small_weights, "cpu").name in quick_runtimes()
    assert json.loads(file.read_text(encoding="utf-8"))["chosen"]  # a damaged file is measured anew


@needs_fast
def test_a_cache_that_takes_nothing_leaves_the_reference(
    small_weights: LoadedWeights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv("ENDODEPTH_CACHE", str(blocked / "cache"))
    assert choose_runtime(small_weights, "cpu").name == "torch"


def test_only_a_runtime_that_agrees_is_ever_chosen() -> None:
    assert ProbeFigure(1.0, 1.0, 0.0049, 0.9951).agrees
    assert not ProbeFigure(1.0, 1.0, 0.0051, 1.0).agrees and not ProbeFigure(1.0, 1.0, 0.0, 0.9949).agrees
    flat, half = np.ones((4, 5), np.float32), np.full((4, 5), 0.5, np.float32)
    classes = np.stack([flat, half, half])
    assert agreement(NetworkAnswer(flat, half, classes), NetworkAnswer(half, half, classes[[1, 0, 2]])) == (0.5, 0.0)


def test_remembering_needs_an_equal_key(tmp_path: Path) -> None:
    probes = iter([Probe("torch", {}), Probe("openvino", {"openvino": ProbeFigure(1.0, 2.0, 0.0, 1.0)})])
    keys = [{"threads": 1}, {"threads": 1}, {"threads": 2}, {"threads": 2}]
    chosen = [remembered(tmp_path, key, lambda: next(probes)) for key in keys]
    assert [each.chosen for each in chosen] == ["torch", "torch", "openvino", "openvino"]
    assert chosen[2] == chosen[3]


def test_what_cannot_be_used_is_said(small_weights: LoadedWeights) -> None:
    assert set(usable_runtimes()) <= set(RUNTIMES) and usable_runtimes()[0] == "torch"
    assert quick_runtimes("cuda") == ("torch",)
    with pytest.raises(SettingsError, match="'cudnn'; expected one of auto, torch"):
        make_runtime(small_weights, "cpu", "cudnn")
    with pytest.raises(SettingsError, match="needs CUDA"):
        make_runtime(small_weights, "cpu", "torch-fp16")
    assert missing_for("torch-compile") is None or "compiler" in (missing_for("torch-compile") or "")


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, a_cache: Path) -> None:
    assert cache_folder() == a_cache
    monkeypatch.delenv("ENDODEPTH_CACHE")
    assert cache_folder().name == "endodepth" and cache_folder().is_absolute()
