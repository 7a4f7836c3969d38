"""Prompt learning over a frozen tower: EndoDepth's own, and open_clip's from a local checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from EndoDepthLib.errors import SettingsError, WeightsError
from EndoDepthLib.prompts.shipped import load_text_tower
from EndoDepthTrainingLib.text.context_prompts import ContextPrompts
from EndoDepthTrainingLib.text.guiding_tower import GuidingTower, open_clip_tower, shipped_tower

PROMPTS = ("liver", "surgical instrument", "fat")


@pytest.fixture(scope="module")
def tower() -> GuidingTower:
    return shipped_tower()


def test_without_context_the_tower_says_what_it_always_says(tower: GuidingTower) -> None:
    ours = tower.embed(tower.tokens(PROMPTS, 0)).numpy()
    assert np.allclose(ours, load_text_tower().encode(PROMPTS), atol=1e-5)


def test_training_starts_at_the_anchors_and_moves_the_context_only(tower: GuidingTower) -> None:
    anchors = torch.nn.functional.normalize(torch.randn(3, tower.text_dim), dim=1)
    prompts = ContextPrompts(tower, PROMPTS, anchors, count=4)
    assert torch.allclose(prompts(), anchors, atol=1e-6)
    prompts().square()[:, 0].sum().backward()
    learned = {name: value for name, value in prompts.named_parameters() if value.requires_grad}
    assert list(learned) == ["context"] and learned["context"].shape == (4, tower.width)
    assert learned["context"].grad is not None and bool(learned["context"].grad.any())
    with torch.no_grad():
        prompts.context.add_(0.5 * torch.randn(4, tower.width))
    moved = prompts()
    assert not torch.allclose(moved, anchors, atol=1e-2) and torch.allclose(moved.norm(dim=1), torch.ones(3))
    permuted = ContextPrompts(tower, PROMPTS[::-1], anchors.flip(0), count=4)
    permuted.load_state_dict({**permuted.state_dict(), "context": prompts.context.detach()})
    assert torch.allclose(permuted(), moved.flip(0), atol=1e-5)


def test_a_prompt_that_leaves_no_room_is_refused(tower: GuidingTower) -> None:
    with pytest.raises(SettingsError, match="leaves no room for 8 context tokens"):
        ContextPrompts(tower, ["very " * 9 + "long name of one small structure"], count=8)


def test_a_local_checkpoint_of_an_open_clip_model_guides_too(tmp_path: Path) -> None:
    import open_clip

    config = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    }
    (tmp_path / "tiny-clip.json").write_text(json.dumps(config), encoding="utf-8")
    open_clip.add_model_config(tmp_path / "tiny-clip.json")
    torch.manual_seed(0)
    model = open_clip.create_model("tiny-clip", load_weights=False)
    torch.save(model.state_dict(), tmp_path / "tiny.pt")

    tower = open_clip_tower("tiny-clip", str(tmp_path / "tiny.pt"))
    tokens = open_clip.get_tokenizer("tiny-clip")([f"a photo of a {prompt}" for prompt in PROMPTS])
    with torch.inference_mode():
        expected = model.eval().encode_text(tokens, normalize=True)
    assert torch.allclose(tower.embed(tower.tokens(PROMPTS, 0)), expected, atol=1e-5)
    prompts = ContextPrompts(tower, PROMPTS, count=4)
    record = prompts.record()
    assert record["name"] == "tiny-clip" and record["source"] == "tiny.pt" and len(record["sha256"]) == 64
    assert np.shape(record["context"]) == (4, 32)

    with pytest.raises(WeightsError, match="there is no file 'openai'.*--allow-download"):
        open_clip_tower("tiny-clip", "openai")
    (tmp_path / "other.pt").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be used for tiny-clip"):
        open_clip_tower("tiny-clip", str(tmp_path / "other.pt"))
    with pytest.raises(SettingsError, match="no model 'tiny-clap'"):
        open_clip_tower("tiny-clap", "x")
    with pytest.raises(SettingsError, match="reads text in another way"):
        open_clip_tower("ViT-B-16-SigLIP", "x")
