"""The distillation goes on where it was killed; the teacher's cache survives a kill while writing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.prompts.text_tower import TextTowerConfig, build_tokenizer
from EndoDepthTrainingLib.text.distillation import Distillation, DistillationSettings
from EndoDepthTrainingLib.text.initialisation import readable_tokens, split_held_out
from EndoDepthTrainingLib.text.teacher import TeacherCache
from EndoDepthTrainingLib.text.training_text import TrainingText

CONFIG = TextTowerConfig(width=16, heads=2, layers=1)


def write_cache(folder: Path, texts: list[str]) -> None:
    """A cache in the stored format, with random vectors: what the teacher says is not under test."""
    folder.mkdir(parents=True)
    (folder / "texts.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", newline="\n")
    rows = np.random.default_rng(0).standard_normal((len(texts), 384), dtype=np.float32)
    (folder / "embeddings.f16").write_bytes(rows.astype(np.float16).tobytes())


@pytest.fixture(scope="module")
def text() -> TrainingText:
    return TrainingText(load_vocabulary())


@pytest.fixture(scope="module")
def cache(text: TrainingText, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeacherCache]:
    folder = tmp_path_factory.mktemp("teacher") / "cache"
    words = readable_tokens(build_tokenizer(CONFIG)).values()
    write_cache(folder, list(dict.fromkeys([*[phrase.text for phrase in text.phrases], *words])))
    yield TeacherCache(folder)


def test_a_killed_training_ends_as_an_undisturbed_one(text: TrainingText, cache: TeacherCache, tmp_path: Path) -> None:
    settings = DistillationSettings(steps=4, batch=32, save_every=2)
    whole = Distillation(text, load_vocabulary(), cache, settings, CONFIG)
    whole.run(tmp_path / "whole.pt")
    state = tmp_path / "state.pt"
    first = Distillation(text, load_vocabulary(), cache, settings, CONFIG)
    for _ in range(2):
        first.train_step()
    first.save(state)
    second = Distillation(text, load_vocabulary(), cache, settings, CONFIG)
    second.run(state)
    for name, value in whole.transformer.state_dict().items():
        assert torch.equal(value, second.transformer.state_dict()[name]), name
    assert torch.equal(whole.head.prototypes, second.head.prototypes)


def test_held_out_phrases_share_no_term_with_the_others(text: TrainingText) -> None:
    terms = [phrase.term for phrase in text.phrases]
    held_out = split_held_out(terms, [phrase.label for phrase in text.phrases], frozenset({"liver"}))
    assert 0.05 < held_out.mean() < 0.15
    kept = {term for term, out in zip(terms, held_out, strict=True) if not out}
    assert not kept & {term for term, out in zip(terms, held_out, strict=True) if out}
    assert "liver" in kept


def test_a_cache_cut_while_writing_keeps_its_whole_rows(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    write_cache(folder, ["liver", "spleen", "fat"])
    before = TeacherCache(folder).embed(["liver", "spleen"])
    with (folder / "embeddings.f16").open("r+b") as file:
        file.truncate(384 * 2 * 2 + 100)
    np.testing.assert_array_equal(TeacherCache(folder).embed(["liver", "spleen"]), before)
    assert (folder / "texts.txt").read_text(encoding="utf-8") == "liver\nspleen\n"
    np.testing.assert_allclose(np.linalg.norm(before, axis=1), 1.0, atol=1e-5)
