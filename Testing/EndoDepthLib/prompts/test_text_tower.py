"""The text tower's file and vectors, on an untrained tower of width 8 and on the shipped one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.prompts.shipped import load_text_tower, text_tower_path
from EndoDepthLib.prompts.text_tower import PrototypeHead, TextTower, TextTowerConfig, build_text_transformer

CONFIG = TextTowerConfig(width=8, heads=2, layers=1, text_dim=12)


@pytest.fixture(scope="module")
def tower() -> TextTower:
    torch.manual_seed(0)
    head = PrototypeHead(torch.randn(5, 12), torch.tensor([0, 0, 1, 2, 2]))
    return TextTower(CONFIG, build_text_transformer(CONFIG), head, {"classes": ["a", "b"], "min_probability": 0.5}, "")


def test_vectors_are_unit_and_probabilities_sum_to_one(tower: TextTower) -> None:
    texts = ["liver", "", "a " + "very " * 100 + "long phrase"]
    np.testing.assert_allclose(np.linalg.norm(tower.encode(texts), axis=1), 1.0, atol=1e-5)
    probabilities = tower.class_probabilities(texts)
    assert probabilities.shape == (3, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_spelling_does_not_matter(tower: TextTower) -> None:
    np.testing.assert_array_equal(tower.encode(["The left-LOBE!"]), tower.encode(["left lobe"]))


def test_the_file_gives_the_tower_back(tower: TextTower, tmp_path: Path) -> None:
    path = tmp_path / "tower.safetensors"
    tower.save(path)
    back = TextTower.load(path)
    assert back.classes == ("a", "b")
    assert TextTower.load(path, back.sha256).sha256 == back.sha256
    texts = ["liver", "spleen", "bicycle"]
    np.testing.assert_allclose(back.encode(texts), tower.encode(texts), atol=0.02)
    np.testing.assert_allclose(back.class_probabilities(texts), tower.class_probabilities(texts), atol=0.05)


@pytest.mark.parametrize("damage", ["missing", "cut", "pickle", "other"])
def test_a_damaged_file_is_refused(tower: TextTower, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tower.safetensors"
    tower.save(path)
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "pickle":
        torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(WeightsError):
        TextTower.load(path, "0" * 64 if damage == "other" else None)


def test_the_shipped_tower_is_small_and_the_vocabularys() -> None:
    assert text_tower_path().stat().st_size <= 16 * 2**20
    vocabulary = load_vocabulary()
    shipped = load_text_tower(vocabulary.text_tower_sha256)
    assert shipped.classes == vocabulary.classes


def test_the_shipped_tower_lives_in_the_class_embeddings_space() -> None:
    vocabulary = load_vocabulary()
    assert vocabulary.embeddings is not None
    cosines = load_text_tower(vocabulary.text_tower_sha256).encode(vocabulary.classes) @ vocabulary.embeddings.T
    assert np.array_equal(cosines.argmax(axis=1), np.arange(len(vocabulary)))
