"""The training text: the same every time, without what is withheld, with what must be refused."""

import pytest

from EndoDepthLib.prompts import load_vocabulary
from EndoDepthTrainingLib.text.training_text import OTHER, UNNAMED, TrainingText


@pytest.fixture(scope="module")
def text() -> TrainingText:
    return TrainingText(load_vocabulary())


def test_the_same_arguments_give_the_same_text(text: TrainingText) -> None:
    assert TrainingText(load_vocabulary()).digest == text.digest
    assert TrainingText(load_vocabulary(), seed=1).digest != text.digest


def test_every_class_has_at_least_two_hundred_phrasings(text: TrainingText) -> None:
    counts = [sum(phrase.label == index for phrase in text.phrases) for index in range(15)]
    assert min(counts) >= 200


def test_labels_agree_with_the_vocabulary(text: TrainingText) -> None:
    vocabulary = load_vocabulary()
    for phrase in text.phrases:
        known = vocabulary.index_of(phrase.text)
        assert known is None or phrase.label in {known, UNNAMED}, phrase


@pytest.mark.parametrize("term", ["spleen", "ureter", "airway wall", "trachea", "bronchus", "bicycle", "stomach"])
def test_neighbours_and_strangers_are_taught_to_be_refused(text: TrainingText, term: str) -> None:
    assert [phrase.label for phrase in text.phrases if phrase.text == term] == [OTHER]


def test_contains_sees_through_templates_and_spelling(text: TrainingText) -> None:
    assert "Image of the Spleens" in text
    assert "hepatic-parenchyma in view" in text
    assert "zebra crossing of the mind" not in text


def test_withheld_texts_are_gone_in_every_spelling() -> None:
    vocabulary = load_vocabulary()
    text = TrainingText(vocabulary, ["The Spleens", "hepatic parenchyma"])
    assert "spleen" not in {phrase.text for phrase in text.phrases}
    assert "hepatic parenchymas" not in {phrase.text for phrase in text.phrases}
    assert "spleen" not in text
    assert text.digest != TrainingText(vocabulary).digest
