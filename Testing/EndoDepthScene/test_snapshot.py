"""A cancelled job leaves the scene as it was: every node and attribute, selections and slice views included."""

from __future__ import annotations

import re
from collections.abc import Iterator

import vtk

from EndoDepthLib.results import ResultsFolder
from EndoDepthScene import CaseScene, CaseView, MrmlSession
from EndoDepthScene.display import show_frame_in_slice
from EndoDepthScene.hierarchy import CaseFolder, PatientStudy, remove_node
from EndoDepthScene.kinds import DEPTH, FRAME
from EndoDepthScene.snapshot import SceneSnapshot
from EndoDepthScene.volumes import image_data


def _written(scene: object) -> str:
    """The scene as it would be written: all nodes with all attributes."""
    scene.SetSaveToXMLString(1)  # type: ignore[attr-defined]
    scene.Commit()  # type: ignore[attr-defined]
    return str(scene.GetSceneXMLString())  # type: ignore[attr-defined]


def _with_a_volume_in_view(session: MrmlSession) -> object:
    import numpy as np

    volume = session.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "earlier")
    volume.SetAndObserveImageData(image_data(np.zeros((40, 60, 3), np.uint8)))
    volume.CreateDefaultDisplayNodes()
    show_frame_in_slice(session.slice_logic("Red"), volume)
    session.slice_logic("Green").GetSliceNode().SetOrientation("Coronal")  # and shows nothing
    session.application.GetSelectionNode().SetActiveVolumeID(volume.GetID())
    return volume


def test_everything_is_as_before(results: ResultsFolder) -> None:
    with MrmlSession() as session:
        _with_a_volume_in_view(session)
        before, items = _written(session.scene), CaseFolder.items_of(session.scene)
        snapshot = SceneSnapshot.take(session.scene)
        snapshot.restore()
        assert _written(session.scene) == before
        case = CaseScene(session.scene, results, names=PatientStudy("Doe^Jane", "Colonoscopy", "P1", "1.2.3"))
        with snapshot.recording():
            for position in range(2):
                case.add_frame(position)
            case.finish()
        for view in ("Red", "Green"):
            show_frame_in_slice(session.slice_logic(view), case.proxy(FRAME), case.proxy(DEPTH))
        session.application.GetSelectionNode().SetActiveVolumeID(case.proxy(FRAME).GetID())
        assert _written(session.scene) != before
        snapshot.restore()
        assert _written(session.scene) == before
        assert CaseFolder.items_of(session.scene) == items
        snapshot.restore()
        assert _written(session.scene) == before


def test_a_job_cancelled_between_two_steps_leaves_nothing(results: ResultsFolder) -> None:
    with MrmlSession() as session:
        before = _written(session.scene)
        for steps in range(1, 11):
            snapshot = SceneSnapshot.take(session.scene)
            case = CaseScene(session.scene, results)
            work = case.add_frame_steps(0)
            for _ in range(steps):
                with snapshot.recording():
                    next(work)
            snapshot.restore()
            assert _written(session.scene) == before


def test_what_the_user_did_meanwhile_stays(results: ResultsFolder) -> None:
    with MrmlSession() as session:
        volume = _with_a_volume_in_view(session)
        snapshot = SceneSnapshot.take(session.scene)
        case = CaseScene(session.scene, results)
        with snapshot.recording():
            case.add_frame(0)
        own = session.scene.AddNewNodeByClass("vtkMRMLTextNode", "a note")
        zoomed = session.slice_logic("Red").GetSliceNode()
        zoomed.SetFieldOfView(12.0, 9.0, 1.0)
        show_frame_in_slice(session.slice_logic("Green"), case.proxy(FRAME))
        snapshot.restore()
        assert session.scene.GetNodeByID(own.GetID()) is own
        assert zoomed.GetFieldOfView() == (12.0, 9.0, 1.0)  # this view showed none of ours
        green = session.slice_logic("Green").GetSliceCompositeNode()
        assert green.GetBackgroundVolumeID() is None
        assert not re.search("EndoDepth|lettered", _written(session.scene))
        red = session.slice_logic("Red").GetSliceCompositeNode()
        assert red.GetBackgroundVolumeID() == volume.GetID()  # type: ignore[attr-defined]


def test_of_two_jobs_at_once_the_cancelled_one_goes(results: ResultsFolder) -> None:
    """Their steps take turns, as those of two timers do; after every number of steps one of them is cancelled."""
    names = PatientStudy("Doe^Jane", "Colonoscopy", "P1", "1.2.3")
    for cancelled_after in (1, 5, 9, 25, 40):
        with MrmlSession() as session:
            snapshots, works, cases = [], [], []
            for name in ("cancelled", "kept"):
                snapshots.append(SceneSnapshot.take(session.scene))
                cases.append(CaseScene(session.scene, results, name, names))
                works.append(_whole(cases[-1], len(results)))
            for _ in range(cancelled_after):
                for snapshot, work in zip(snapshots, works, strict=True):
                    with snapshot.recording():
                        next(work, None)
            snapshots[0].restore()
            with snapshots[1].recording():
                for _ in works[1]:
                    pass
            alone = _node_names(session)
            kept = CaseView.find(cases[1].browser)
            assert len(kept) == len(results) and all(node.GetScene() is session.scene for node in kept.nodes)
            assert not any("cancelled" in name for name in alone) and any("kept surface" in name for name in alone)
            hierarchy = session.scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
            names_now = [hierarchy.GetItemName(item) for item in CaseFolder.items_of(session.scene)]
            assert names_now[:3] == ["Doe^Jane", "Colonoscopy", "kept"] and "cancelled" not in names_now
            assert all(hierarchy.GetItemByDataNode(node) for node in kept.nodes)
            snapshots[1].restore()
            assert not any("kept" in name for name in _node_names(session))


def test_a_shown_node_that_came_back_goes_too(results: ResultsFolder) -> None:
    with MrmlSession() as session:
        before = _written(session.scene)
        snapshot = SceneSnapshot.take(session.scene)
        case = CaseScene(session.scene, results)
        with snapshot.recording():
            case.add_frame(0)
        CaseFolder.take_out(case.proxy(FRAME))  # as Slicer does by itself
        remove_node(session.scene, case.proxy(FRAME))
        case.browser.Modified()  # which makes the node again
        assert case.proxy(FRAME) is not None
        snapshot.restore()
        assert _written(session.scene) == before


def _whole(case: CaseScene, frames: int) -> Iterator[None]:
    for position in range(frames):
        yield from case.add_frame_steps(position)
        yield
    yield from case.finish_steps()


def _node_names(session: MrmlSession) -> list[str]:
    scene = session.scene
    return sorted(str(scene.GetNthNode(number).GetName()) for number in range(scene.GetNumberOfNodes()))


def test_cases_of_one_study_stand_together(results: ResultsFolder) -> None:
    names = PatientStudy("Doe^Jane", "Colonoscopy", "P1", "1.2.3")
    with MrmlSession() as session:
        cases = [CaseScene(session.scene, results, name, names) for name in ("first", "second")]
        for case in cases:
            case.add_frame(0)
        hierarchy = session.scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
        patient = hierarchy.GetItemChildWithName(hierarchy.GetSceneItemID(), "Doe^Jane")
        study = hierarchy.GetItemChildWithName(patient, "Colonoscopy")
        assert hierarchy.GetItemLevel(patient) == "Patient"
        assert hierarchy.GetItemLevel(study) == "Study"
        folders = vtk.vtkIdList()
        hierarchy.GetItemChildren(study, folders)
        assert [hierarchy.GetItemName(folders.GetId(n)) for n in range(2)] == ["first", "second"]
        cases[0].remove()
        assert hierarchy.GetNumberOfItemChildren(study) == 1  # the other case still needs its study
        cases[1].remove()
        remaining = [hierarchy.GetItemName(item) for item in CaseFolder.items_of(session.scene)]
        assert remaining in ([], ["Doe^Jane", "Colonoscopy"])
