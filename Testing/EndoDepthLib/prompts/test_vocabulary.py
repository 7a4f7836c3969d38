"""The vocabulary of the default weights and its stored form."""

import json
import subprocess
import sys

import numpy as np
import pytest

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.prompts import Vocabulary, load_vocabulary


def test_classes_are_those_of_the_phantoms_without_the_family_left_out() -> None:
    from EndoDepthLib.phantoms import LABELS

    assert load_vocabulary().classes == tuple(name for name in LABELS[1:] if name != "airway wall")


def test_every_class_has_a_teacher_a_colour_of_its_own_and_a_unit_embedding() -> None:
    vocabulary = load_vocabulary()
    assert set(vocabulary.taught_by) == {"phantoms only", "larynx images and phantoms"}
    assert len(set(vocabulary.colors)) == len(vocabulary) == 15
    assert vocabulary.embeddings is not None
    assert vocabulary.embeddings.shape == (15, 384)
    cosines = vocabulary.embeddings @ vocabulary.embeddings.T
    assert np.all(cosines[~np.eye(15, dtype=bool)] < 0.9)


@pytest.mark.parametrize("with_embeddings", [True, False])
def test_round_trip_through_json(with_embeddings: bool) -> None:
    vocabulary = load_vocabulary()
    data = json.loads(json.dumps(vocabulary.to_dict(with_embeddings)))
    back = Vocabulary.from_dict(data, None if with_embeddings else vocabulary.embeddings)
    assert (back.classes, back.synonyms, back.colors, back.taught_by, back.text_tower_sha256) == (
        vocabulary.classes, vocabulary.synonyms, vocabulary.colors, vocabulary.taught_by, vocabulary.text_tower_sha256,
    )  # fmt: skip
    assert back.embeddings is not None
    np.testing.assert_allclose(back.embeddings, vocabulary.embeddings, atol=1e-6)


@pytest.mark.parametrize(
    "damage",
    [
        {"schema_version": 99},
        {"classes": []},
        {"classes": [{"name": "liver"}]},
        {"embeddings": [[1.0, 0.0]]},
        {"embeddings": np.zeros((15, 384)).tolist()},
    ],
)
def test_a_damaged_vocabulary_is_refused(damage: dict) -> None:
    with pytest.raises(WeightsError):
        Vocabulary.from_dict(load_vocabulary().to_dict() | damage)


def test_a_term_of_two_classes_is_refused() -> None:
    with pytest.raises(WeightsError, match="two classes"):
        Vocabulary(("liver", "fat"), (("tissue",), ("Tissues",)), ("a", "b"), ((0, 0, 0), (1, 1, 1)))


def test_known_terms_need_no_torch() -> None:
    code = (
        "import sys; from EndoDepthLib.prompts import load_vocabulary, resolve_prompts;"
        "print(resolve_prompts(['the Livers'], load_vocabulary())[0].class_index, 'torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["10", "False"]


def test_only_structures_of_the_same_procedure_compete() -> None:
    vocabulary = load_vocabulary()

    def competitors(*names: str) -> set[str]:
        found = vocabulary.competitors([vocabulary.classes.index(name) for name in names])
        return {vocabulary.classes[index] for index in found}

    laparoscopy = {"surgical instrument", "liver", "gallbladder", "fat", "bowel", "abdominal wall"}
    assert competitors("liver") == laparoscopy
    # An instrument is seen everywhere: what it was asked for together with says where.
    assert competitors("surgical instrument", "liver") == laparoscopy
    assert competitors("surgical instrument") == set(vocabulary.classes)
    assert competitors("liver", "polyp") == laparoscopy | {"colon wall", "polyp"}
