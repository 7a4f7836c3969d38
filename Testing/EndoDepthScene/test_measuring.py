"""Lengths are relative until a known distance makes one frame metric: that frame, and no other."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vtk
from sample_case.lettered import camera, make_results, request
from sample_case.places import ras_of_pixel

from EndoDepthLib.errors import InputError, ScaleError, SettingsError
from EndoDepthLib.geometry import unproject
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Scale
from EndoDepthScene import CaseScene, CaseView, MrmlSession
from EndoDepthScene.kinds import DEPTH, SURFACE
from EndoDepthScene.measuring import DEPTHS_AGREE, ScaleUnknownError, distance, reset_scale, set_known_distance
from EndoDepthScene.models import camera_points_of, point_scalars_of
from EndoDepthScene.probing import probe
from EndoDepthScene.volumes import pixels_of

A, B = (20, 20), (60, 40)


def _measure(view: CaseView, length_mm: float | None = None, **settings: bool) -> float:
    points = ras_of_pixel(view, *A), ras_of_pixel(view, *B)
    if length_mm is not None:
        set_known_distance(view, *points, length_mm, **settings)
    return distance(view, *points).value


def test_a_length_is_that_of_the_points_in_space(view: CaseView, results: ResultsFolder) -> None:
    for position in range(3):
        view.select(position)
        points = unproject(results.camera, results.depth(position).depth)
        expected = np.linalg.norm(points[A[1], A[0]] - points[B[1], B[0]])
        found = distance(view, ras_of_pixel(view, *A), ras_of_pixel(view, *B))
        assert found.value == pytest.approx(expected)
        assert found.unit == "relative"
        assert "mm" not in str(found)
        with pytest.raises(ScaleUnknownError, match="set a known distance in this frame"):
            _ = found.mm


def test_points_on_the_surface_measure_the_same(view: CaseView) -> None:
    view.select(2)
    vertices, model = camera_points_of(view.item(SURFACE)), view.proxy(SURFACE).GetPolyData()
    one, other = 100, 900
    found = distance(view, model.GetPoint(one), model.GetPoint(other), on="surface")
    assert found.value == pytest.approx(np.linalg.norm(vertices[one] - vertices[other]), rel=1e-5)
    with pytest.raises(InputError, match="is not on the surface of frame 10"):
        distance(view, model.GetPoint(one), (0, 0, 0), on="surface")
    with pytest.raises(SettingsError, match="points are on 'air'"):
        distance(view, model.GetPoint(one), model.GetPoint(other), on="air")


def test_a_known_distance_makes_its_frame_metric_and_no_other(view: CaseView) -> None:
    before = {n: pixels_of(view.item(DEPTH, n)).copy() for n in range(3)}
    points = camera_points_of(view.item(SURFACE, 1)).copy()
    names = [node.GetName() for node in view.nodes]
    view.select(1)
    relative = _measure(view)
    assert _measure(view, 12.0) == pytest.approx(12.0, rel=1e-5)
    assert distance(view, ras_of_pixel(view, *A), ras_of_pixel(view, *B)).mm == pytest.approx(12.0, rel=1e-5)
    factor = 12.0 / relative
    assert view.scale is Scale.METRIC_MM
    assert view.frame_scale.source == "known distance of 12 mm in frame 5"
    assert np.allclose(pixels_of(view.proxy(DEPTH)), before[1] * factor, rtol=1e-6)
    for node in (view.item(SURFACE), view.proxy(SURFACE)):
        assert np.allclose(camera_points_of(node), points * factor, rtol=1e-5)
        assert np.allclose(point_scalars_of(node, "Depth"), points[:, 2] * factor, rtol=1e-5)
    for kind in (DEPTH, SURFACE):
        assert view.item(kind).GetName().endswith("(mm)")
        assert view.proxy(kind).GetAttribute("EndoDepth.Units") == "mm"
    # Playing nodes and sequences also hold frames that are not in millimetres, so they may not say so.
    assert [node.GetName() for node in view.nodes] == names
    assert probe(view, ras_of_pixel(view, *A)).unit == "mm"
    for other in (0, 2):
        view.select(other)
        assert view.scale is Scale.UP_TO_SCALE
        assert view.proxy(DEPTH).GetAttribute("EndoDepth.Units") is None
        assert np.array_equal(pixels_of(view.proxy(DEPTH)), before[other])
        assert distance(view, ras_of_pixel(view, *A), ras_of_pixel(view, *B)).unit == "relative"


def test_it_can_be_set_again_and_undone(view: CaseView) -> None:
    view.select(0)
    chosen, name = view.chosen_surface, view.chosen_surface.GetName()
    vertices = camera_points_of(view.item(SURFACE)).copy()
    stored = pixels_of(view.item(DEPTH)).copy()
    relative = _measure(view)
    for length in (3.0, 40.0):
        assert _measure(view, length) == pytest.approx(length, rel=1e-5)
    assert view.frame_scale.factor == pytest.approx(40.0 / relative, rel=1e-5)
    assert chosen.GetName() == "lettered surface of frame 0 (mm)"  # the model of this very frame is true as a whole
    assert np.allclose(camera_points_of(chosen), camera_points_of(view.item(SURFACE)))
    assert np.allclose(camera_points_of(chosen), vertices * view.frame_scale.factor, rtol=1e-5)
    reset_scale(view)
    assert view.frame_scale == view.frame_scale_at(1)
    assert np.allclose(pixels_of(view.proxy(DEPTH)), stored, rtol=1e-6)
    assert chosen.GetName() == name
    assert view.item(DEPTH).GetAttribute("EndoDepth.ScaleFactor") is None


def test_the_whole_sequence_only_once_its_depths_agree(view: CaseView) -> None:
    names = [node.GetName() for node in view.nodes]
    stored = pixels_of(view.item(DEPTH)).copy()
    with pytest.raises(ScaleError, match="the 3 frames of 'lettered' have scales of their own"):
        _measure(view, 5.0, whole_sequence=True)
    assert np.array_equal(pixels_of(view.item(DEPTH)), stored)
    view.browser.SetAttribute(DEPTHS_AGREE, "true")
    _measure(view, 5.0, whole_sequence=True)
    for position in range(3):
        assert view.frame_scale_at(position).scale is Scale.METRIC_MM
    assert len({view.frame_scale_at(position).factor for position in range(3)}) == 1
    assert [node.GetName() for node in view.nodes] == [
        name.replace("(up to scale, not millimetres)", "(mm)") for name in names
    ]
    reset_scale(view, whole_sequence=True)
    assert [node.GetName() for node in view.nodes] == names


def test_points_on_the_surface_go_with_it(view: CaseView) -> None:
    view.select(1)
    bed = view.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 30.0)
    bed.SetMatrixTransformToParent(matrix)
    view.proxy(SURFACE).SetAndObserveTransformNodeID(bed.GetID())
    markups = view.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    for vertex in (100, 900):
        world = [0.0] * 3
        view.proxy(SURFACE).TransformPointToWorld(view.proxy(SURFACE).GetPolyData().GetPoint(vertex), world)
        markups.AddControlPointWorld(world)
    preview = markups.AddControlPointWorld((1.0, 2.0, 3.0))
    markups.UnsetNthControlPointPosition(preview)  # a point that was not placed
    for length in (250.0, 12.0):
        set_known_distance(view, *_placed(markups), length, on="surface", markups=markups)
        assert distance(view, *_placed(markups), on="surface").mm == pytest.approx(length, rel=1e-4)
    assert markups.GetNthControlPointPositionStatus(preview) == markups.PositionUndefined
    # Points on the frame lie in its plane, which no scale moves.
    points = ras_of_pixel(view, *A), ras_of_pixel(view, *B)
    before = _placed(markups)
    set_known_distance(view, *points, 30.0, markups=markups)
    assert _placed(markups) == before


def _placed(markups: Any) -> list[tuple[float, ...]]:
    return [tuple(markups.GetNthControlPointPositionWorld(number)) for number in range(2)]


def test_what_cannot_be_measured_is_said_and_changes_nothing(view: CaseView) -> None:
    stored = pixels_of(view.item(DEPTH)).copy()
    inside, empty, outside = (ras_of_pixel(view, *place) for place in (A, (1, 1), (-4, 2)))
    cases = (
        (inside, empty, 5.0, InputError, "there is no depth at pixel 1, 1"),
        (inside, outside, 5.0, InputError, "lies outside the frame"),
        (inside, inside, 5.0, InputError, "lie in one place"),
        (inside, ras_of_pixel(view, *B), 0.0, SettingsError, "known distance is 0.0 mm; expected more than 0"),
        (inside, ras_of_pixel(view, *B), float("nan"), SettingsError, "known distance is nan mm"),
    )
    for one, other, length, error, message in cases:
        with pytest.raises(error, match=message) as raised:
            set_known_distance(view, one, other, length)
        assert "\n" not in str(raised.value)
    assert np.array_equal(pixels_of(view.item(DEPTH)), stored)
    assert view.scale is Scale.UP_TO_SCALE


def test_lengths_of_a_metric_case_are_millimetres_from_the_start(tmp_path: Path) -> None:
    asked = request(camera(), segments=(), has_surfaces=False, scale=Scale.METRIC_MM, scale_source="tracked camera")
    with MrmlSession() as session:
        case = CaseScene(session.scene, make_results(tmp_path / "out", asked, 2))
        case.add_frame(0)
        case.add_frame(1)
        view = CaseView.find(case.browser)
        found = distance(view, ras_of_pixel(view, *A), ras_of_pixel(view, *B))
        assert found.mm == found.value
        assert found.scale.source == "tracked camera"
        with pytest.raises(InputError, match="has no surface in frame 0"):
            distance(view, (0, 0, 1), (0, 1, 1), on="surface")
        set_known_distance(view, ras_of_pixel(view, *A), ras_of_pixel(view, *B), 8.0)
        reset_scale(view)
        assert view.frame_scale.source == "tracked camera"
        assert all(node.GetName().count("(mm)") == 1 for node in (view.proxy(DEPTH), view.sequences[DEPTH]))


def test_a_set_scale_is_kept_in_a_saved_scene(view: CaseView, tmp_path: Path) -> None:
    view.select(1)
    _measure(view, 12.0)
    view.select(0)
    assert view.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    with MrmlSession() as session:
        session.read(tmp_path / "scene.mrb")
        (read,) = CaseView.all(session.scene)
        for position, scale in enumerate((Scale.UP_TO_SCALE, Scale.METRIC_MM, Scale.UP_TO_SCALE)):
            read.select(position)
            assert read.scale is scale
        read.select(1)
        assert read.frame_scale == view.frame_scale_at(1)
        assert _measure(read) == pytest.approx(12.0, rel=1e-5)
        reset_scale(read)
        stored = [pixels_of(read.item(DEPTH, n)) for n in range(3)]
        assert all(np.median(one[one > 0]) == pytest.approx(50, rel=0.01) for one in stored)
        assert not any(np.array_equal(*pair) for pair in itertools.pairwise(stored))
