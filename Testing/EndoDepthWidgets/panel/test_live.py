"""The Live button with the real server behind it: answers come into the scene, and stopping leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import slicer
from command_line.material import picture, write_untrained_weights
from host import Host
from panel_driving.driver import Driver
from panel_driving.endings import is_alive

from EndoDepthScene.placement import frame_placement
from EndoDepthScene.volumes import image_data, pixels_of, rgb_volume


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained_weights(tmp_path_factory.mktemp("weights") / "untrained.safetensors")


@pytest.fixture
def live(open_panel: Callable[..., Driver], host: Host) -> Driver:
    """A panel whose Live section has a volume chosen."""
    from EndoDepthLib.geometry import default_camera

    driver = open_panel()
    image = picture(0)
    volume = rgb_volume(image, frame_placement(default_camera(image.shape[1], image.shape[0]), 50.0))
    volume.SetName("Stream")
    host.scene.AddNode(volume)
    driver.open_section("live")
    driver.ui.liveVolumeSelector.setCurrentNode(volume)
    return driver


def node(driver: Driver, kind: str) -> object | None:
    found = [driver.host.scene.GetNthNode(n) for n in range(driver.host.scene.GetNumberOfNodes())]
    return next((each for each in found if (each.GetName() or "").startswith(f"Stream live {kind}")), None)


def test_pictures_are_answered_in_the_scene_until_it_is_stopped(live: Driver, host: Host, weights: Path) -> None:
    live.parameters.weightsId, live.parameters.weightsPath = "file", str(weights)
    live.parameters.prompts = ["liver"]
    volume, before = live.ui.liveVolumeSelector.currentNode(), live.node_ids()
    host.click(live.ui.liveButton)
    process = live.panel.live._process
    live.wait(lambda: node(live, "surface") is not None)
    depth, labels, surface = (node(live, kind) for kind in ("depth", "structures", "surface"))
    assert "not millimetres" in depth.GetName() and "not millimetres" in surface.GetName()
    first = pixels_of(depth).copy()
    assert first.shape == picture(0).shape[:2] == pixels_of(labels).shape and np.median(first[first > 0]) == 50.0
    assert volume.GetSpacing() == depth.GetSpacing() and volume.GetOrigin() == depth.GetOrigin()
    assert surface.GetPolyData().GetNumberOfCells() > 50
    live.wait(lambda: "Answered after" in live.ui.liveNoteLabel.text())
    volume.SetAndObserveImageData(image_data(picture(0)[::-1]))
    live.wait(lambda: not np.array_equal(pixels_of(depth), first))
    folder = live.panel.live._folder
    host.click(live.ui.liveButton)
    assert live.ui.liveButton.text() == "Live" and not is_alive(process.pid) and not folder.exists()
    assert live.node_ids() == before and not volume.HasObserver(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent)


def test_a_server_that_does_not_start_is_told_in_one_sentence(
    open_panel: Callable[..., Driver], live: Driver, host: Host, programs: dict[str, str]
) -> None:
    programs["serve"] = 'tell("error", message="no memory is left"); sys.exit(2)'
    before = live.node_ids()
    host.click(live.ui.liveButton)
    live.wait(lambda: live.ui.liveNoteLabel.text() == "No memory is left.")
    assert live.node_ids() == before and live.ui.liveButton.text() == "Live"


def test_what_is_no_stream_of_pictures_is_refused(live: Driver, host: Host) -> None:
    live.ui.liveVolumeSelector.setCurrentNode(None)
    host.click(live.ui.liveButton)
    assert "Choose the volume" in live.ui.liveNoteLabel.text()
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    volume.SetAndObserveImageData(image_data(np.zeros((40, 40), np.int16)))
    live.ui.liveVolumeSelector.setCurrentNode(volume)
    host.click(live.ui.liveButton)
    assert "8-bit" in live.ui.liveNoteLabel.text() and not live.panel.live.is_running


def test_closing_the_scene_ends_it(live: Driver, host: Host) -> None:
    host.click(live.ui.liveButton)
    process = live.panel.live._process
    host.close_scene()
    assert not is_alive(process.pid) and not live.panel.live.is_running
