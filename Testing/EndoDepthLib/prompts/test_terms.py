"""What counts as the same term."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from EndoDepthLib.prompts import load_vocabulary, plain_words, term_key


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("The Gall-Bladders!", "gallbladder"),
        ("gall bladder", "gallbladder"),
        ("  LIVER ", "liver"),
        ("a polyp.", "polyp"),
        ("POLYPS", "polyp"),
        ("vocal fold", "vocal folds"),
        ("the vocal cords", "vocal folds"),
        ("nasal conchae", "nasal turbinate"),
        ("tool", "surgical instrument"),
        ("Forceps", "surgical instrument"),
        ("graspers", "surgical instrument"),
        ("E.T. tube", "endotracheal tube"),
        ("abdominal-wall", "abdominal wall"),
    ],
)
def test_spellings_of_a_known_term(typed: str, meant: str) -> None:
    vocabulary = load_vocabulary()
    index = vocabulary.index_of(typed)
    assert index is not None
    assert vocabulary.classes[index] == meant


@pytest.mark.parametrize("typed", ["airway wall", "spleen", "bicycle", "glott", "liv er x", "", "!!!"])
def test_what_no_known_term_says(typed: str) -> None:
    assert load_vocabulary().index_of(typed) is None


@settings(deadline=None)
@given(st.sampled_from([term for i in range(15) for term in load_vocabulary().terms(i)]), st.booleans(), st.booleans())
def test_case_articles_and_hyphens_change_nothing(term: str, upper: bool, hyphens: bool) -> None:
    typed = f"the {term.upper() if upper else term}?"
    assert term_key(typed.replace(" ", "-") if hyphens else typed) == term_key(term)


@settings(deadline=None)
@given(st.text(max_size=60))
@example("\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL S}")
def test_any_text_has_a_stable_key(text: str) -> None:
    words = plain_words(text)
    assert plain_words(" ".join(words)) == words
