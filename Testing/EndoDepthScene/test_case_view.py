"""A case is found again from its browser: after the job, with other cases beside it, and in a scene read elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sample_case.lettered import LIVER, TOOL, camera, make_results, request

from EndoDepthLib.errors import InputError
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Scale
from EndoDepthScene import CaseScene, CaseView, MrmlSession
from EndoDepthScene.hierarchy import remove_node
from EndoDepthScene.kinds import CAMERA_REFERENCE, DEPTH, FRAME, SEQUENCE_KINDS

_FIND = """
import json, sys
for name in ("cv2", "torch", "av"):
    sys.modules[name] = None  # Slicer shows a case also while these are not installed in it
from pathlib import Path
from EndoDepthScene import CaseView, MrmlSession
from EndoDepthScene import appearance, follow, frame_export, frame_sequence, low_confidence, measuring, snapshot
with MrmlSession() as session:
    session.read(Path(sys.argv[1]))
    (view,) = CaseView.all(session.scene)
    view.select(1)
    print(json.dumps({
        "name": view.name, "kinds": view.kinds, "frames": len(view), "index": view.frame_index,
        "prompts": view.prompts, "colors": [s.color for s in view.segments], "scale": view.scale.value,
        "unit": view.frame_scale.unit, "weights": view.provenance["WeightsId"], "fx": view.camera.fx,
        "chosen": view.chosen_surface.GetName(), "shown": view.proxy("Depth").GetAttribute("EndoDepth.FrameIndex"),
    }))
"""


def test_a_fresh_process_without_the_computing_packages_finds_the_case(scene_file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", _FIND, str(scene_file)]
    answer = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert json.loads(answer.stdout) == {
        "name": "lettered",
        "kinds": list(SEQUENCE_KINDS),
        "frames": 3,
        "index": 5,
        "prompts": [LIVER.name, TOOL.name],
        "colors": [list(LIVER.color), list(TOOL.color)],
        "scale": Scale.UP_TO_SCALE.value,
        "unit": "up to scale, not millimetres",
        "weights": "default-v0",
        "fx": camera().fx,
        "chosen": "lettered surface of frame 0 (up to scale, not millimetres)",
        "shown": "5",
    }


def test_the_view_says_what_the_builder_made(results: ResultsFolder) -> None:
    with MrmlSession() as session:
        case = CaseScene(session.scene, results)
        case.add_frame(0)
        view = CaseView.find(case.browser)
        assert view.provenance["Source"] == results.request.input.source  # known from the first frame on
        assert view.chosen_surface is None
        case.add_frame(1)
        case.finish()
        assert view.nodes == case.nodes
        assert view.camera == results.camera
        assert [view.item(kind, 1) is case.sequences[kind].GetNthDataNode(1) for kind in view.kinds] == [True] * 5
        assert view.item(DEPTH, 2) is None
        assert all(CaseView.of_node(node) == CaseView.of_node(view.browser) for node in view.nodes)


def test_two_cases_in_a_scene_keep_their_own_nodes(results: ResultsFolder, tmp_path: Path) -> None:
    plain = make_results(tmp_path / "plain", request(camera(60, 40), segments=(), has_surfaces=False), 1)
    with MrmlSession() as session:
        for folder, name in ((results, "first"), (plain, "second")):
            case = CaseScene(session.scene, folder, name)
            case.add_frame(0)
            case.finish()
        first, second = CaseView.all(session.scene)
        assert (first.name, second.name) == ("first", "second")
        assert (first.camera, second.camera) == (results.camera, plain.camera)
        assert second.chosen_surface is None
        assert second.segments == []
        found = CaseView.of_node(second.proxy(FRAME))
        assert found is not None
        assert found.browser is second.browser


def test_what_is_no_case_or_no_longer_one_is_said(view: CaseView) -> None:
    with pytest.raises(InputError, match="sequence browser is no node"):
        CaseView.find(None)
    other = view.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "SomeBrowser")
    with pytest.raises(InputError, match="'SomeBrowser'; expected one that EndoDepth made"):
        CaseView.find(other)
    with pytest.raises(InputError, match="frame position is 7; 'lettered' holds 3 frames"):
        view.select(7)
    assert CaseView.of_node(other) is None
    assert view.browser.GetNodeReferenceID(CAMERA_REFERENCE)
    remove_node(view.scene, view.camera_node)
    with pytest.raises(InputError, match="lost its endoscope camera"):
        _ = view.camera
    view.browser.RemoveSynchronizedSequenceNode(view.sequences[DEPTH].GetID())
    with pytest.raises(InputError, match="lost its depth sequence"):
        CaseView.find(view.browser)
    assert CaseView.all(view.scene) == []
