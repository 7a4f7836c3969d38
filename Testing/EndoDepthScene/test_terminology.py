"""Slicer's own logic reads our terminology, and every class of the vocabulary has its code and colour there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import slicer
import vtk

from EndoDepthLib.prompts.vocabulary import load_vocabulary
from EndoDepthScene import CaseView, MrmlSession
from EndoDepthScene.quiet import quiet_vtk
from EndoDepthScene.terminology import (
    CONTEXT_NAME,
    PRIVATE_SCHEME,
    TERMINOLOGY_FILE,
    register_terminology,
    terminology_entry,
)

_TYPES = {
    kind["3dSlicerLabel"]: kind
    for category in json.loads(TERMINOLOGY_FILE.read_text(encoding="utf-8"))["SegmentationCodes"]["Category"]
    for kind in category["Type"]
}


@pytest.fixture(scope="module")
def logic() -> Iterator[object]:
    session = MrmlSession()
    with quiet_vtk():  # the lists that come with Slicer are not in slicer-core
        logic = slicer.vtkSlicerTerminologiesModuleLogic()
        logic.SetMRMLApplicationLogic(session.application)
        logic.SetMRMLScene(session.scene)
    assert not logic.IsTerminologyContextLoaded(CONTEXT_NAME)
    register_terminology(logic)
    register_terminology(logic)  # a module that is reloaded
    assert logic.IsTerminologyContextLoaded(CONTEXT_NAME)
    yield logic
    logic.SetMRMLScene(None)
    session.close()


@pytest.mark.parametrize("name", load_vocabulary().classes)
def test_every_class_is_found_by_slicer(logic: object, name: str) -> None:
    found, tagged = slicer.vtkSlicerTerminologyEntry(), slicer.vtkSlicerTerminologyEntry()
    assert logic.FindTypeInTerminologyBy3dSlicerLabel(CONTEXT_NAME, name, found)  # type: ignore[attr-defined]
    assert logic.DeserializeTerminologyEntry(terminology_entry(name), tagged)  # type: ignore[attr-defined]
    for entry in (found, tagged):
        assert entry.GetTerminologyContextName() == CONTEXT_NAME
        assert entry.GetTypeObject().GetCodeValue() == _TYPES[name]["CodeValue"]
        assert entry.GetTypeObject().GetCodingSchemeDesignator() in ("SCT", PRIVATE_SCHEME)
    assert found.GetCategoryObject().GetCodeValue() == tagged.GetCategoryObject().GetCodeValue()
    vocabulary = load_vocabulary()
    color = vocabulary.colors[vocabulary.classes.index(name)]
    assert found.GetTypeObject().GetRecommendedDisplayRGBValue() == tuple(color)


def test_every_code_names_its_source() -> None:
    lines = TERMINOLOGY_FILE.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    for name, kind in _TYPES.items():
        (line,) = (line for line in lines if line.startswith(f"| {name} |"))
        assert f"| {kind['CodeValue']} |" in line
        assert line.split("|")[-2].strip()


def test_segments_carry_entries_that_slicer_reads(logic: object, view: CaseView) -> None:
    content = view.proxy("Structures").GetSegmentation()
    codes = []
    for number, segment in enumerate(view.segments):
        entry = slicer.vtkSlicerTerminologyEntry()
        text = vtk.reference("")
        assert content.GetNthSegment(number).GetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), text)
        assert logic.DeserializeTerminologyEntry(str(text), entry)  # type: ignore[attr-defined]
        codes.append((segment.class_name, entry.GetTypeObject().GetCodeValue()))
    assert codes == [("liver", "10200004"), ("surgical instrument", "57134006")]
