"""The scene read in a fresh process through MRML says what the results say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import vtk
from sample_case.lettered import LIVER, TOOL, camera

from EndoDepthLib.errors import InputError
from EndoDepthLib.results import ResultsFolder
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.kinds import BROWSER, CAMERA, CHOSEN_SURFACE, SEQUENCE_KINDS
from EndoDepthScene.models import TISSUE_COLOR, point_scalars_of
from EndoDepthScene.readback import check_scene, find_node, find_sequences
from EndoDepthScene.segmentations import TAUGHT_BY_TAG
from EndoDepthScene.session import MrmlSession
from EndoDepthScene.volumes import pixels_of

_CHECK = """
import dataclasses, json, sys
from pathlib import Path
from EndoDepthLib.results import ResultsFolder
from EndoDepthScene.readback import check_scene
results = ResultsFolder.open(Path(sys.argv[1]))
check = check_scene(Path(sys.argv[2]), results)
print(json.dumps({**dataclasses.asdict(check), "problems": check.problems(results)}))
"""


def test_a_fresh_process_finds_everything_as_it_was(results: ResultsFolder, scene_file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", _CHECK, str(results.folder), str(scene_file)]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found = json.loads(answer.stdout)
    assert found["problems"] == []
    assert found["time_points"] == dict.fromkeys(SEQUENCE_KINDS, len(results))
    assert found["identical_frames"] == found["identical_depths"] == found["identical_labels"] == len(results)
    assert found["max_reprojection_px"] < 0.01
    assert found["camera_is_equal"]


def test_a_scene_of_other_results_is_told_apart(results: ResultsFolder, scene_file: Path) -> None:
    other = replace(results.request, camera=replace(results.camera, cx=results.camera.cx + 1))
    moved = ResultsFolder(results.folder, replace(results.manifest, request=other))
    assert any("camera" in problem for problem in check_scene(scene_file, moved).problems(moved))


@pytest.fixture(scope="module")
def session(scene_file: Path) -> MrmlSession:
    session = MrmlSession()
    session.read(scene_file)
    return session


def test_one_browser_moves_all_sequences(session: MrmlSession, results: ResultsFolder) -> None:
    scene = session.scene
    assert scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 1
    browser = find_node(scene, "vtkMRMLSequenceBrowserNode", BROWSER)
    sequences = find_sequences(scene)
    assert browser.GetNumberOfSynchronizedSequenceNodes(True) == len(sequences) == 5
    assert [sequences["Frame"].GetNthIndexValue(n) for n in range(3)] == ["0.000000", "0.200000", "0.400000"]
    assert browser.GetPlaybackRateFps() == pytest.approx(5)
    for position in (2, 1):
        browser.SetSelectedItemNumber(position)
        shown = pixels_of(browser.GetProxyNode(sequences["Frame"]))
        assert np.array_equal(shown, results.frame(position).image)


def test_surfaces_show_their_colours(session: MrmlSession) -> None:
    browser = find_node(session.scene, "vtkMRMLSequenceBrowserNode", BROWSER)
    model = browser.GetProxyNode(find_sequences(session.scene)["Surface"])
    for node in (model, find_node(session.scene, "vtkMRMLModelNode", CHOSEN_SURFACE)):
        display = node.GetDisplayNode()
        assert point_scalars_of(node, TISSUE_COLOR).dtype == np.uint8
        assert display.GetScalarVisibility()
        assert display.GetActiveScalarName() == TISSUE_COLOR
        assert display.GetScalarRangeFlag() == display.UseDirectMapping
    assert model.GetDisplayNode().GetVisibility()


def test_segments_have_names_colours_and_terminology(session: MrmlSession) -> None:
    sequence = find_sequences(session.scene)["Structures"]
    for position in range(3):
        content = sequence.GetNthDataNode(position).GetSegmentation()
        segments = [content.GetNthSegment(n) for n in range(content.GetNumberOfSegments())]
        assert [s.GetName() for s in segments] == [LIVER.name, TOOL.name]
        for segment, asked, code in zip(segments, (LIVER, TOOL), ("SCT^10200004^Liver", "SCT^57134006^"), strict=True):
            assert np.allclose(np.array(segment.GetColor()) * 255, asked.color, atol=0.5)
            assert code in _tag(segment, "TerminologyEntry")
            assert _tag(segment, TAUGHT_BY_TAG) == asked.taught_by


def test_the_camera_node_keeps_intrinsics_and_distortion(session: MrmlSession) -> None:
    node = find_node(session.scene, "vtkMRMLCameraNode", CAMERA)
    assert camera_of(node) == camera()
    assert np.allclose(node.GetPosition(), 0)
    assert np.allclose(node.GetViewUp(), (0, 1, 0))
    assert node.GetFocalPoint()[2] > 0
    assert node.GetViewAngle() == pytest.approx(np.degrees(2 * np.arctan(64 / (2 * camera().fy))))


def test_names_and_attributes_say_that_lengths_are_no_millimetres(session: MrmlSession) -> None:
    sequences = find_sequences(session.scene)
    browser = find_node(session.scene, "vtkMRMLSequenceBrowserNode", BROWSER)
    chosen = find_node(session.scene, "vtkMRMLModelNode", CHOSEN_SURFACE)
    for node in (sequences["Depth"], sequences["Surface"], chosen):
        assert node.GetAttribute("EndoDepth.Units") == "up to scale, not millimetres"
        assert "up to scale, not millimetres" in node.GetName()
        assert node.GetAttribute("EndoDepth.Scale") == "up_to_scale"
        assert node.GetAttribute("EndoDepth.WeightsSha256") == "0" * 64
    for kind in ("Depth", "Surface"):
        assert "not millimetres" in browser.GetProxyNode(sequences[kind]).GetName()
    item = sequences["Depth"].GetNthDataNode(1)
    assert item.GetAttribute("EndoDepth.FrameIndex") == "5"


def test_the_case_has_a_folder_in_the_subject_hierarchy(session: MrmlSession) -> None:
    hierarchy = session.scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    folder = hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "lettered")
    children = vtk.vtkIdList()
    hierarchy.GetItemChildren(folder, children)
    assert children.GetNumberOfIds() == 5 + 5 + 3  # shown nodes, sequences; browser, camera, chosen surface


def test_what_is_no_scene_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mrb").write_text("no scene", encoding="utf-8")
    with MrmlSession() as session:
        for name, message in (("text.mrb", "cannot be read"), ("missing.mrb", "does not exist")):
            with pytest.raises(InputError, match=message):
                session.read(tmp_path / name)
        with pytest.raises(InputError, match="no vtkMRMLCameraNode"):
            find_node(session.scene, "vtkMRMLCameraNode", CAMERA)


def _tag(segment: object, name: str) -> str:
    value = vtk.reference("")
    assert segment.GetTag(name, value)  # type: ignore[attr-defined]
    return str(value)
