"""What the benchmarks ask each kind of phantom for."""

from __future__ import annotations

from Benchmarks.phantom_clips import TAUGHT_SCENES, classes_of

from EndoDepthLib.prompts import load_vocabulary


def test_each_scene_is_asked_for_the_classes_of_its_procedure() -> None:
    vocabulary = load_vocabulary()
    asked = {scene: classes_of(scene, vocabulary) for scene in TAUGHT_SCENES}
    assert asked["colon"] == ("colon wall", "polyp", "surgical instrument")
    assert asked["sinus"] == ("sinus mucosa", "nasal turbinate", "surgical instrument")
    for names in asked.values():  # nothing else competes, so asking for all of them hides no confusion
        indices = [vocabulary.classes.index(name) for name in names]
        assert vocabulary.competitors(indices) == tuple(sorted(indices))
    assert {name for names in asked.values() for name in names} == set(vocabulary.classes)
