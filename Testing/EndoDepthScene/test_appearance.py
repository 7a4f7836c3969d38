"""Surfaces are coloured by what is asked, opacities reach the views, and doubtful depth is hidden but not lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from sample_case.lettered import camera, make_results, request
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.results import atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthScene import CaseScene, CaseView, MrmlSession
from EndoDepthScene.appearance import (
    SURFACE_COLORINGS,
    opacity_of,
    set_opacity,
    show_surface_as,
    surface_coloring,
    surface_colorings,
)
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, FRAME, STRUCTURES, SURFACE
from EndoDepthScene.low_confidence import LowConfidence
from EndoDepthScene.pictures import oblique_picture
from EndoDepthScene.volumes import pixels_of

_BACKGROUND_SUM = 31 + 33 + 41


def _drawn(picture: np.ndarray) -> np.ndarray:
    """The (N, 3) pixels of a picture that show the surface."""
    return np.asarray(picture[np.abs(picture.astype(int).sum(axis=2) - _BACKGROUND_SUM) > 12])


def test_each_colouring_looks_as_it_says_and_stays_while_playing(view: CaseView, tmp_path: Path) -> None:
    assert surface_coloring(view) == "tissue"
    assert surface_colorings(view) == list(SURFACE_COLORINGS)
    pictures = {}
    for coloring in SURFACE_COLORINGS:
        show_surface_as(view, coloring)
        view.select(0)
        view.select(1)
        assert surface_coloring(view) == coloring
        pictures[coloring] = oblique_picture(view.proxy(SURFACE), 240, 180)
        atomic_write(tmp_path / f"{coloring}.png", encode_image(pictures[coloring]))
    seen = {name: _drawn(picture).astype(float) for name, picture in pictures.items()}
    assert all(len(pixels) > 1000 for pixels in seen.values())
    # Confidence is grey, depth is colourful, structures are tissue tinted here and there.
    assert np.ptp(seen["confidence"], axis=1).max() < 3
    assert np.ptp(seen["depth"], axis=1).mean() > 60
    changed = np.abs(pictures["tissue"].astype(int) - pictures["structures"]).max(axis=2) > 10
    assert 0.05 < changed.sum() / len(seen["tissue"]) < 0.9


def test_colours_and_windows_of_slice_and_surface_agree(view: CaseView) -> None:
    show_surface_as(view, "depth")
    depths = np.concatenate([pixels_of(view.item(DEPTH, n)).ravel() for n in range(3)])
    near, far = np.percentile(depths[depths > 0], (1, 99))
    volume, surfaces = view.proxy(DEPTH).GetDisplayNode(), (view.proxy(SURFACE), view.chosen_surface)
    for surface in surfaces:
        display = surface.GetDisplayNode()
        assert display.GetColorNodeID() == volume.GetColorNodeID()
        lowest, highest = display.GetScalarRange()
        assert (lowest + highest) / 2 == pytest.approx(volume.GetLevel())
        assert highest - lowest == pytest.approx(volume.GetWindow())
        # No colour is lost on depths that no frame has, and none of a frame's depths is beyond the colours.
        assert 0.7 * near < lowest < near < far < highest < 1.3 * far


def test_the_colouring_is_kept_in_a_saved_scene(view: CaseView, tmp_path: Path) -> None:
    show_surface_as(view, "confidence")
    set_opacity(view, SURFACE, 0.4)
    hiding = LowConfidence(view)
    hiding.hide_below(0.7)
    assert view.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    hiding.close()
    with MrmlSession() as session:
        session.read(tmp_path / "scene.mrb")
        (read,) = CaseView.all(session.scene)
        assert surface_coloring(read) == "confidence"
        assert opacity_of(read, SURFACE) == pytest.approx(0.4)
        again = LowConfidence(read)
        assert again.share == 0.7
        read.select(1)
        assert 0 < _points(read.proxy(DEPTH)) < _points(read.item(DEPTH)) == _points(view.item(DEPTH, 1))
        again.close()


def test_a_case_without_structures_or_surfaces_says_so(tmp_path: Path) -> None:
    for has_surfaces, message in ((True, "no structures were asked for"), (False, "has no surfaces to colour")):
        asked = request(camera(), segments=(), has_surfaces=has_surfaces)
        results = make_results(tmp_path / str(has_surfaces), asked, 1)
        with MrmlSession() as session:
            case = CaseScene(session.scene, results)
            case.add_frame(0)
            view = CaseView.find(case.browser)
            with pytest.raises(SettingsError, match=message):
                show_surface_as(view, "structures")
            with pytest.raises(SettingsError, match="expected one of tissue, depth"):
                show_surface_as(view, "heat")
            with pytest.raises(SettingsError, match="has no structures; expected one of frame, depth"):
                set_opacity(view, STRUCTURES, 0.5)


def test_opacities_reach_slice_views_and_display_nodes(view: CaseView) -> None:
    with pytest.raises(SettingsError, match="opacity is 1.5"):
        set_opacity(view, SURFACE, 1.5)
    composite = view.scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    other = view.scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
    assert opacity_of(view, FRAME) == 0.0  # no view shows the case yet
    composite.SetBackgroundVolumeID(view.proxy(FRAME).GetID())
    assert opacity_of(view, FRAME) == 1.0
    set_opacity(view, CONFIDENCE, 0.3)
    assert composite.GetForegroundVolumeID() == view.proxy(CONFIDENCE).GetID()
    assert opacity_of(view, CONFIDENCE) == pytest.approx(0.3)
    assert opacity_of(view, DEPTH) == 0.0
    set_opacity(view, FRAME, 0.75)
    assert composite.GetForegroundVolumeID() == view.proxy(DEPTH).GetID()
    assert opacity_of(view, DEPTH) == pytest.approx(0.25)
    assert other.GetForegroundVolumeID() is None  # a view of something else is left alone
    for kind, node in ((STRUCTURES, view.proxy(STRUCTURES)), (SURFACE, view.chosen_surface)):
        set_opacity(view, kind, 0.2)
        assert node.GetDisplayNode().GetOpacity() == pytest.approx(0.2)
        assert opacity_of(view, kind) == pytest.approx(0.2)


def _points(volume: object) -> int:
    return int((pixels_of(volume) > 0).sum())


def test_low_confidence_is_hidden_in_every_frame_and_comes_back(view: CaseView) -> None:
    stored = {n: (pixels_of(view.item(DEPTH, n)).copy(), _triangles(view.item(SURFACE, n))) for n in range(3)}
    name = view.proxy(DEPTH).GetName()
    hiding = LowConfidence(view)
    with pytest.raises(SettingsError, match="least confidence is 70"):
        hiding.hide_below(70)
    hiding.hide_below(0.7)
    for position in (0, 2, 1):
        view.select(position)
        sure = pixels_of(view.item(CONFIDENCE)) >= 70
        shown = pixels_of(view.proxy(DEPTH))
        assert np.array_equal(shown, np.where(sure, stored[position][0], 0))
        assert 0 < _triangles(view.proxy(SURFACE)) < stored[position][1]
    hiding.hide_below(0.5)
    assert _points(view.proxy(DEPTH)) > (pixels_of(view.item(CONFIDENCE)) >= 70).sum()
    hiding.hide_below(0.0)
    assert view.browser.GetAttribute("EndoDepth.HiddenBelow") is None
    for position in range(3):
        view.select(position)
        for node in (view.item(DEPTH), view.proxy(DEPTH)):
            assert np.array_equal(pixels_of(node), stored[position][0])
        assert _triangles(view.proxy(SURFACE)) == _triangles(view.item(SURFACE)) == stored[position][1]
    assert view.proxy(DEPTH).GetName() == name


def test_frames_of_different_sizes_are_cut_by_their_own_confidence(view: CaseView) -> None:
    """Frame 0 has fewer vertices than the others: at no moment is a triangle shown whose vertices are not there.

    Shown nodes need not change together, so that the depth's event says nothing of the surface.
    """
    view.item(SURFACE, 0).SetAndObservePolyData(_first_vertices(view.item(SURFACE, 0).GetPolyData(), 200))
    view.refresh()
    hiding = LowConfidence(view)
    hiding.hide_below(0.6)
    shown, broken = view.proxy(SURFACE), []

    def look(_caller: object, event: str) -> None:
        corners = vtk_to_numpy(shown.GetPolyData().GetPolys().GetConnectivityArray())
        if len(corners) and corners.max() >= shown.GetPolyData().GetNumberOfPoints():
            broken.append((view.position, event))

    depth_event = slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent
    observed = [
        (node, node.AddObserver(event, look))
        for node, event in ((view.proxy(DEPTH), depth_event), (shown, shown.MeshModifiedEvent))
    ]
    for position in (1, 0, 2, 0, 1):
        modified = view.browser.StartModify()
        view.select(position)
        view.proxy(DEPTH).GetImageData().Modified()  # another module touches the depth before the frame is shown
        view.browser.EndModify(modified)
        look(None, "selected")
        assert 0 < _triangles(shown) < _triangles(view.item(SURFACE))
        sure = pixels_of(view.item(CONFIDENCE)) >= 60
        assert np.array_equal(pixels_of(view.proxy(DEPTH)) > 0, sure & (pixels_of(view.item(DEPTH)) > 0))
    assert broken == []
    for node, tag in observed:
        node.RemoveObserver(tag)
    hiding.close()


def _first_vertices(data: vtk.vtkPolyData, count: int) -> vtk.vtkPolyData:
    """The part of a surface that its first vertices make."""
    cut = vtk.vtkPolyData()
    points = vtk.vtkPoints()
    points.SetData(numpy_to_vtk(vtk_to_numpy(data.GetPoints().GetData())[:count], deep=True))
    cut.SetPoints(points)
    for number in range(data.GetPointData().GetNumberOfArrays()):
        array = numpy_to_vtk(vtk_to_numpy(data.GetPointData().GetArray(number))[:count], deep=True)
        array.SetName(data.GetPointData().GetArrayName(number))
        cut.GetPointData().AddArray(array)
    corners = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    polys = vtk.vtkCellArray()
    for triangle in corners[(corners < count).all(axis=1)].tolist():
        polys.InsertNextCell(3, triangle)
    cut.SetPolys(polys)
    return cut


def _triangles(model: object) -> int:
    return int(model.GetPolyData().GetNumberOfCells())  # type: ignore[attr-defined]
