"""Every name of Slicer, Qt and CTK that the modules use is listed in Testing/README.md with where it is confirmed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from architecture import slicer_names

USED = slicer_names.used_names()
LISTED = slicer_names.listed_names()
# slicer-core has the real classes and the real slicer.util, PySide6 the real Qt: what is there need not be believed
# from a list. What only Slicer gives is an object of a class that slicer-core has.
CLASS_FROM_START = {
    "slicer.mrmlScene.": "vtkMRMLScene",
    "slicer.app.applicationLogic().": "vtkSlicerApplicationLogic",
    "slicer.app.layoutManager().layoutLogic().GetLayoutNode().": "vtkMRMLLayoutNode",
    "slicer.app.layoutManager().layoutLogic().": "vtkMRMLLayoutLogic",
    "slicer.app.layoutManager().threeDWidget().mrmlViewNode().": "vtkMRMLViewNode",
    "slicer.app.layoutManager().sliceWidget().sliceLogic().GetSliceCompositeNode().": "vtkMRMLSliceCompositeNode",
    "slicer.app.layoutManager().sliceWidget().sliceLogic().": "vtkMRMLSliceLogic",
    "slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode().": "vtkMRMLSequenceBrowserNode",
    "slicer.modules.sequences.logic().": "vtkSlicerSequencesLogic",
    "slicer.vtk": "vtk",
    "slicer.util.": "util.",
}


def _in_slicer_core(name: str) -> str | None:
    """The name with its start replaced by what slicer-core has for it; None where it has nothing."""
    for start, stand_in in CLASS_FROM_START.items():
        if name.startswith(start) and "()" not in name[len(start) :]:
            return stand_in + ("" if stand_in in ("vtk", "util.") else ".") + name[len(start) :]
    return None


def test_every_name_in_use_is_listed() -> None:
    missing = {name: places[0] for name, places in USED.items() if name not in LISTED}
    assert not missing, f"look them up in Slicer's source and add them to Testing/README.md: {missing}"


def test_every_listed_name_is_in_use() -> None:
    assert sorted(set(LISTED) - set(USED)) == []


def test_every_source_is_a_place() -> None:
    """A repository and a path in it, or a page of documentation."""
    places = set(LISTED.values())
    assert places
    assert [place for place in places if not re.search(r"\w+/\w+: \S+\.\w+|https://\S+", place)] == []


@pytest.mark.parametrize("name", sorted(name for name in USED if _in_slicer_core(name)))
def test_name_is_in_slicer_core(name: str) -> None:
    import slicer.util

    found = _in_slicer_core(name)
    assert found is not None
    place: object = slicer
    for part in found.split("."):
        assert hasattr(place, part), f"{name} is not in slicer-core"
        place = getattr(place, part)


@pytest.mark.parametrize("name", sorted(name for name in USED if name.startswith("qt.")))
def test_name_is_in_qt(name: str) -> None:
    from PySide6 import QtCore, QtGui, QtWidgets

    top, *rest = name.split(".")[1:]
    place = next((getattr(kit, top) for kit in (QtCore, QtGui, QtWidgets) if hasattr(kit, top)), None)
    assert place is not None, f"{name} is not in Qt"
    for part in rest:
        place = getattr(place, part)


_SECTION = """
import qt
from slicer.i18n import tr as _
from slicer import util as u

def f(slicer):
    slicer.app.layoutManager().sliceWidget('Red').sliceLogic()
    u.loadUI(_('x')).show()
    qt.QTimer.singleShot(0, f)
    other.slicer.app

class Panel:
    def __init__(self):
        self._timer = qt.QTimer()
        logic = slicer.app.applicationLogic()
        logic.FitSliceToAll()
        slicer.app.startupCompleted.connect(self.stop)

    def stop(self, logic):
        self._timer.stop()
        logic.Other()
"""


def test_names_are_found_in_chains_aliases_and_panels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "EndoDepth" / "EndoDepthWidgets"
    folder.mkdir(parents=True)
    (folder / "section.py").write_text(_SECTION, encoding="utf-8")
    (folder / "panel.ui").write_text(
        '<ui><widget class="QWidget"><widget class="ctkPathLineEdit"><property name="toolTip"/>'
        '<property name="nameFilters"/><property name="SlicerParameterName" stdset="0"/></widget></widget></ui>',
        encoding="utf-8",
    )
    monkeypatch.setattr(slicer_names, "ROOT", tmp_path)
    assert list(slicer_names.used_names()) == [
        "qt.QTimer",
        "qt.QTimer.singleShot",
        "slicer.app.applicationLogic",
        "slicer.app.applicationLogic().FitSliceToAll",
        "slicer.app.layoutManager",
        "slicer.app.layoutManager().sliceWidget",
        "slicer.app.layoutManager().sliceWidget().sliceLogic",
        "slicer.app.startupCompleted",
        "slicer.i18n.tr",
        "slicer.util",
        "slicer.util.loadUI",
        "ui:SlicerParameterName",
        "ui:ctkPathLineEdit",
        "ui:ctkPathLineEdit.nameFilters",
    ]
