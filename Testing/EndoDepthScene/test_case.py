"""A case can be built frame by frame while the job runs, and taken out again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_case.lettered import camera, make_results, request, write_frame

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthLib.results import ResultsFolder, ResultsFrame, ResultsWriter
from EndoDepthLib.values import Scale
from EndoDepthScene import CaseScene, MrmlSession, build_scene, check_scene
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, FRAME
from EndoDepthScene.models import STRUCTURE_COLOR, camera_points_of
from EndoDepthScene.terminology import PRIVATE_SCHEME, terminology_entry


def _node_ids(scene: object) -> list[str]:
    return [scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())]  # type: ignore[attr-defined]


def test_nodes_follow_a_running_job_and_leave_without_a_trace(tmp_path: Path) -> None:
    writer = ResultsWriter.create(tmp_path / "out", request(camera(), settings={"tint": True}))
    running = ResultsFolder.open(tmp_path / "out")
    with MrmlSession() as session:
        before = _node_ids(session.scene)
        case = CaseScene(session.scene, running)
        case.finish()  # a job cancelled before its first frame leaves nothing
        assert _node_ids(session.scene) == before
        for number in range(2):
            write_frame(writer, number)
            assert running.refresh() == number + 1
            case.add_frame(number)
            assert {node.GetNumberOfDataNodes() for node in case.sequences.values()} == {number + 1}
        with pytest.raises(ValueError, match="frames come in order"):
            case.add_frame(5)
        case.finish(chosen_position=1)
        assert case.chosen_surface.GetDisplayNode().GetActiveScalarName() == STRUCTURE_COLOR
        surface = running.surface(1)
        assert surface is not None
        assert np.allclose(camera_points_of(case.chosen_surface), surface.vertices)
        case.remove()
        assert _node_ids(session.scene) == before


def test_without_surfaces_and_structures_and_with_known_scale(tmp_path: Path) -> None:
    asked = request(camera(), segments=(), has_surfaces=False, scale=Scale.METRIC_MM, scale_source="tracked camera")
    results = make_results(tmp_path / "out", asked, 2)
    # An image folder has no times: the browser counts frames. Damaged files repeat times: no frame may be lost.
    no_rate = replace(asked, input=replace(asked.input, frame_rate=None))
    repeated = (ResultsFrame(0, 0.5), ResultsFrame(5, 0.5))
    for manifest in (
        replace(results.manifest, request=no_rate),
        replace(results.manifest, frames=repeated),
    ):
        with MrmlSession() as session:
            case = CaseScene(session.scene, ResultsFolder(results.folder, manifest), name="Case 7")
            case.add_frame(0)
            case.add_frame(1)
            case.finish()
            assert tuple(case.sequences) == (FRAME, DEPTH, CONFIDENCE)
            assert case.sequences[FRAME].GetNumberOfDataNodes() == 2
            assert case.proxy(DEPTH).GetName() == "Case 7 depth (mm)"
            assert case.chosen_surface is None
    build_scene(results, tmp_path / "scene.mrb")
    assert check_scene(tmp_path / "scene.mrb", results).problems(results) == []


def test_two_builds_hold_the_same_files(results: ResultsFolder, scene_file: Path, tmp_path: Path) -> None:
    import zipfile

    seen: list[float] = []
    (tmp_path / ".partial-scene").mkdir()
    (tmp_path / ".partial-scene" / "left by a kill").write_bytes(b"x")
    build_scene(results, tmp_path / "scene.mrb", seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert [p.name for p in tmp_path.iterdir()] == ["scene.mrb"]
    with zipfile.ZipFile(scene_file) as first, zipfile.ZipFile(tmp_path / "scene.mrb") as second:
        assert first.namelist() == second.namelist()
        plain = [n for n in first.namelist() if n.endswith((".seq.nrrd", ".vtk"))]
        assert plain
        for name in plain:
            assert first.read(name) == second.read(name), name


def test_what_cannot_become_a_scene_leaves_no_file(results: ResultsFolder, tmp_path: Path) -> None:
    empty = ResultsFolder(results.folder, replace(results.manifest, frames=()))
    with pytest.raises(InputError, match="no finished frame"):
        build_scene(empty, tmp_path / "scene.mrb")
    with pytest.raises(InputError, match="chosen frame is 9"):
        build_scene(results, tmp_path / "scene.mrb", chosen_position=9)
    longer = replace(results.manifest, frames=(*results.manifest.frames, ResultsFrame(99, 9.9)))
    with pytest.raises(InputError, match=r"000003\.npy"):
        build_scene(ResultsFolder(results.folder, longer), tmp_path / "scene.mrb")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write"):
        build_scene(results, tmp_path / "file" / "scene.mrb")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_class_without_a_code_gets_a_private_one() -> None:
    assert "SCT^71854001^Colon" in terminology_entry("colon wall")
    assert f"{PRIVATE_SCHEME}^hiatal-hernia^hiatal hernia" in terminology_entry("hiatal hernia")
    assert terminology_entry("hiatal hernia").count("~") == terminology_entry("polyp").count("~") == 6
