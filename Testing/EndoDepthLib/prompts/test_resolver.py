"""Prompts become classes or one clear refusal."""

from dataclasses import replace

import pytest

from EndoDepthLib.errors import PromptError, WeightsError
from EndoDepthLib.prompts import ResolvedPrompt, load_vocabulary, resolve_prompts


def test_order_and_names_are_the_users() -> None:
    resolved = resolve_prompts(["Gall bladder", "liver"], load_vocabulary())
    assert resolved == [ResolvedPrompt("Gall bladder", 11), ResolvedPrompt("liver", 10)]


def test_two_prompts_for_one_class_are_one_segment_named_as_first_asked() -> None:
    assert resolve_prompts(["grasper", "liver", "the tools"], load_vocabulary()) == [
        ResolvedPrompt("grasper", 9),
        ResolvedPrompt("liver", 10),
    ]


@pytest.mark.parametrize("prompt", ["", "   ", "...", "the"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(PromptError, match="is empty"):
        resolve_prompts(["liver", prompt], load_vocabulary())


def test_a_prompt_of_ten_thousand_characters_is_refused_in_one_short_line() -> None:
    with pytest.raises(PromptError, match="10000 characters") as caught:
        resolve_prompts(["liver " * 1666 + "fat."], load_vocabulary())
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def test_without_a_tower_an_unknown_term_names_its_nearest_spelling() -> None:
    with pytest.raises(PromptError, match="'galbladder' names nothing .* nearest known terms: gallbladder"):
        resolve_prompts(["galbladder"], replace(load_vocabulary(), text_tower_sha256=None))


def test_only_the_tower_of_the_vocabulary_may_read_for_it() -> None:
    with pytest.raises(WeightsError, match="belong to ffffff"):
        resolve_prompts(["hepatic thing"], replace(load_vocabulary(), text_tower_sha256="f" * 64))


@pytest.mark.parametrize(
    ("prompt", "name"), [("left lobe of the liver", "liver"), ("metal grasping forceps", "surgical instrument")]
)
def test_the_tower_reads_other_phrasings(prompt: str, name: str) -> None:
    vocabulary = load_vocabulary()
    assert resolve_prompts([prompt], vocabulary) == [ResolvedPrompt(prompt, vocabulary.classes.index(name))]


@pytest.mark.parametrize("prompt", ["spleen", "ureter", "airway wall", "trachea", "stomach", "bicycle", "日本語"])
def test_what_was_never_taught_is_refused_with_the_nearest_known_terms(prompt: str) -> None:
    with pytest.raises(PromptError, match=f"'{prompt}' names nothing .* nearest known terms: \\w+"):
        resolve_prompts([prompt], load_vocabulary())
