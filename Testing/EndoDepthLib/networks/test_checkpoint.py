"""Checkpoints rebuild themselves, and whatever is wrong with one is said in one line."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.networks import EndoDepthNetwork, load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def a_checkpoint(a_network: EndoDepthNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "a.safetensors"
    save_checkpoint(path, a_network, {"classes": ["liver"]}, {"steps": 7})
    return path


def test_round_trip(a_network: EndoDepthNetwork, a_checkpoint: Path, some_images: Tensor, some_texts: Tensor) -> None:
    loaded = load_checkpoint(a_checkpoint)
    assert (loaded.vocabulary, loaded.metadata) == ({"classes": ["liver"]}, {"steps": 7})
    assert loaded.network.config == a_network.config and not loaded.network.training
    assert loaded.sha256 == hashlib.sha256(a_checkpoint.read_bytes()).hexdigest()
    before, after = a_network(some_images, some_texts), loaded.network(some_images, some_texts)
    # float16 storage; batch norms over a handful of cells, as here, amplify its rounding more than trained ones do
    assert (after.depth.depth / before.depth.depth).log().abs().mean() < 0.01
    assert (after.segmentation.logits - before.segmentation.logits).abs().mean() < 0.15  # of a range of +-14


def test_exact_when_stored_in_float32(a_network: EndoDepthNetwork, tmp_path: Path, some_images: Tensor) -> None:
    digest = save_checkpoint(tmp_path / "b.safetensors", a_network, {}, {}, half=False)
    loaded = load_checkpoint(tmp_path / "b.safetensors", expected_sha256=digest)
    assert torch.equal(loaded.network(some_images).depth.depth, a_network(some_images).depth.depth)
    assert [path.name for path in tmp_path.iterdir()] == ["b.safetensors"]


def test_saving_twice_gives_the_same_bytes(a_network: EndoDepthNetwork, a_checkpoint: Path, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c.safetensors", a_network, {"classes": ["liver"]}, {"steps": 7})
    assert (tmp_path / "c.safetensors").read_bytes() == a_checkpoint.read_bytes()


@pytest.mark.parametrize("where", [0, 7, 9, 40, 300, 0.1, 0.3, 0.7, -1])
def test_one_altered_byte(a_checkpoint: Path, tmp_path: Path, where: float) -> None:
    content = bytearray(a_checkpoint.read_bytes())
    content[int(where * len(content)) if 0 < where < 1 else int(where)] ^= 1
    _refused(tmp_path, bytes(content), "cut|altered|damaged|format|safetensors")


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.5, 0.99])
def test_cut(a_checkpoint: Path, tmp_path: Path, share: float) -> None:
    content = a_checkpoint.read_bytes()
    _refused(tmp_path, content[: int(len(content) * share)], "cut|damaged|safetensors")


def test_longer_than_saved(a_checkpoint: Path, tmp_path: Path) -> None:
    _refused(tmp_path, a_checkpoint.read_bytes() + b"x", "altered|damaged")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_is_never_loaded(tmp_path: Path, protocol: int) -> None:
    _refused(tmp_path, pickle.dumps({"weight": [1.0]}, protocol=protocol), "pickle.*never loaded")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_torch_file_is_never_loaded(tmp_path: Path, zipped: bool) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "t.pt", _use_new_zipfile_serialization=zipped)
    _refused(tmp_path, (tmp_path / "t.pt").read_bytes(), "pickle.*never loaded")


def test_another_digest_was_expected(a_checkpoint: Path) -> None:
    with pytest.raises(WeightsError, match=f"expected {'0' * 64}"):
        load_checkpoint(a_checkpoint, expected_sha256="0" * 64)


def test_somebody_elses_safetensors(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="format"):
        load_checkpoint(tmp_path / "other.safetensors")


def test_wrong_tensors(a_network: EndoDepthNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = a_network.state_dict()
    cases = {
        "missing": {k: v for k, v in state.items() if k != "attention.norm.weight"},
        "unknown": {**state, "attention.extra": torch.zeros(1)},
        "expected": {**state, "attention.norm.weight": torch.zeros(3)},
        "finite": {**state, "attention.norm.weight": torch.full((32,), float("nan"))},
    }
    for message, tensors in cases.items():
        monkeypatch.setattr(a_network, "state_dict", lambda tensors=tensors: tensors)
        save_checkpoint(tmp_path / "w.safetensors", a_network, {}, {})
        monkeypatch.undo()
        with pytest.raises(WeightsError, match=message):
            load_checkpoint(tmp_path / "w.safetensors")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(WeightsError, match="cannot be read"):
            load_checkpoint(path)


def _refused(folder: Path, content: bytes, message: str) -> None:
    path = folder / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
