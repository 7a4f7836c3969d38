"""Sequence browsers are played and sought by their widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import slicer
import vtk
from host import Host
from PySide6.QtWidgets import QPushButton


@pytest.fixture
def browser(host: Host) -> Any:
    sequence = host.scene.AddNewNodeByClass("vtkMRMLSequenceNode")
    for place in range(4):
        text = slicer.vtkMRMLTextNode()
        text.SetText(str(place))
        sequence.SetDataNodeAtValue(text, str(place))
    made = host.scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    made.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    slicer.app.moduleLogic("Sequences").UpdateAllProxyNodes()
    return made


def test_the_toolbar_plays_a_browser(host: Host, browser: Any) -> None:
    slicer.modules.sequences.setToolBarActiveBrowserNode(browser)
    play, seek = host.window.browser_widgets
    assert not play.isVisible()
    slicer.modules.sequences.showSequenceBrowser(browser)
    host.process_events()
    assert play.isVisible() and seek.slider().maximum() == 3
    seen: list[int] = []
    proxy = browser.GetProxyNode(browser.GetMasterSequenceNode())
    browser.AddObserver(
        vtk.vtkCommand.ModifiedEvent,
        lambda *_: seen.append(browser.GetSelectedItemNumber()),
    )
    browser.SetPlaybackLooped(False)
    browser.SetPlaybackItemSkippingEnabled(False)
    browser.SetPlaybackRateFps(50)
    host.click(play.findChild(QPushButton, "pushButton_VcrPlayPause"))
    assert host.wait_until(lambda: not browser.GetPlaybackActive(), 10.0)
    assert {1, 2, 3} <= set(seen)
    host.process_events()
    number = browser.GetSelectedItemNumber()
    assert (proxy.GetText(), seek.slider().value()) == (str(number), number)


def test_seeking_selects_an_item(host: Host, browser: Any) -> None:
    seek = slicer.qMRMLSequenceBrowserSeekWidget()
    assert not seek.isEnabled()
    seek.setMRMLSequenceBrowserNode(browser)
    seek.slider().setValue(2)
    assert browser.GetSelectedItemNumber() == 2
    browser.SelectFirstItem()
    assert seek.slider().value() == 0
    host.close_scene()
    assert not seek.isEnabled()


def test_a_browser_that_comes_with_a_scene_is_in_the_toolbar(host: Host, browser: Any, tmp_path: Path) -> None:
    host.save_scene(tmp_path / "kept.mrb")
    slicer.modules.sequences.setToolBarActiveBrowserNode(browser)
    host.close_scene()
    assert slicer.modules.sequences.toolBarActiveBrowserNode() is None
    host.load_scene(tmp_path / "kept.mrb")
    assert slicer.modules.sequences.toolBarActiveBrowserNode().GetName() == browser.GetName()
    assert slicer.modules.sequences.isToolBarVisible()
