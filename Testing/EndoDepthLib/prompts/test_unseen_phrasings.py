"""The independent file of phrasings: written without sight of the training text, none of it trained on."""

import pytest
from Benchmarks.prompt_phrasings import PHRASINGS, count_right_and_refused, read_phrasings

from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.prompts.shipped import load_text_tower

pytestmark = pytest.mark.skipif(not PHRASINGS.is_file(), reason=f"{PHRASINGS.name} is not there")


def test_nine_in_ten_are_named_rightly_or_refused() -> None:
    phrasings, others = read_phrasings(PHRASINGS)
    assert (len(phrasings), len(others)) == (60, 40)
    right, refused = count_right_and_refused(phrasings, others)
    assert right >= 54
    assert refused >= 36


def test_no_phrasing_is_a_known_term_or_was_trained_on() -> None:
    from EndoDepthTrainingLib.text.training_text import TrainingText

    vocabulary = load_vocabulary()
    phrasings, others = read_phrasings(PHRASINGS)
    withheld = load_text_tower(vocabulary.text_tower_sha256).metadata["withheld"]
    text = TrainingText(vocabulary, withheld)
    assert text.digest == load_text_tower(vocabulary.text_tower_sha256).metadata["training_text_sha256"]
    texts = [entry["text"] for entry in [*phrasings, *others]]
    assert [one for one in texts if vocabulary.index_of(one) is not None] == []
    assert [one for one in texts if one in text] == []
