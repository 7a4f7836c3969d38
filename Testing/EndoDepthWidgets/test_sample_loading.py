"""A sample case from the button in Sample Data to a sequence in the scene, in the host."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import slicer
from host import Host, start_host
from PySide6.QtWidgets import QApplication, QProgressDialog, QPushButton

from EndoDepthScene.cameras import camera_of
from EndoDepthWidgets.sample_data import CATEGORY, SAMPLES, Sample, register_sample_data

SMALL = Sample("EndoDepth small", "laparoscopy", 3, ("liver",), frames=3, width=64, height=48)
PATIENCE_S = 120


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with start_host(tmp_path) as running:
        yield running


@pytest.fixture
def dialogs(host: Host) -> Iterator[list[Any]]:
    """The progress dialogs on the screen."""

    class Shown(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            return (each for each in QApplication.topLevelWidgets() if isinstance(each, QProgressDialog))

    yield Shown()


def _is_idle() -> bool:
    from EndoDepthWidgets import sample_loading

    return not sample_loading._running


def _load(sample: Sample) -> None:
    from EndoDepthWidgets.sample_loading import load_sample

    load_sample(sample)


def _nodes(host: Host) -> list[str]:
    return sorted(host.scene.GetNthNode(each).GetID() for each in range(host.scene.GetNumberOfNodes()))


def test_samples_stand_in_the_module_once(host: Host) -> None:
    register_sample_data()
    register_sample_data()
    sources = slicer.modules.sampleDataSources[CATEGORY]
    assert [source.sampleName for source in sources] == [sample.name for sample in SAMPLES]
    assert all(Path(source.thumbnailFileName).is_file() and not source.uris for source in sources)


def test_a_sample_becomes_a_sequence_with_its_camera(host: Host, dialogs: list[Any]) -> None:
    _load(SMALL)
    assert host.wait_until(lambda: bool(list(dialogs)), 10)
    assert host.wait_until(_is_idle, PATIENCE_S)
    assert [message for message in host.messages if message.kind == "error"] == []
    (browser,) = slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode")
    assert browser.GetMasterSequenceNode().GetNumberOfDataNodes() == SMALL.frames
    frame = browser.GetProxyNode(browser.GetMasterSequenceNode())
    assert frame.GetImageData().GetDimensions()[:2] == (64, 48)
    shown = slicer.app.layoutManager().sliceWidget("Red").sliceLogic().GetSliceCompositeNode()
    assert shown.GetBackgroundVolumeID() == frame.GetID()
    cameras = [camera_of(node) for node in slicer.util.getNodesByClass("vtkMRMLCameraNode")]
    assert [(each.width, each.height) for each in cameras if each is not None] == [(64, 48)]
    host.process_events()
    assert list(dialogs) == []
    assert [path.name for path in Path(slicer.app.temporaryPath).glob("endodepth-*")] == []


def test_cancelling_leaves_nothing(host: Host, dialogs: list[Any]) -> None:
    before = _nodes(host)
    _load(SMALL)
    assert host.wait_until(lambda: bool(list(dialogs)), 10)
    (cancel,) = next(iter(dialogs)).findChildren(QPushButton)
    host.click(cancel)
    assert _is_idle() and _nodes(host) == before and list(dialogs) == []
    cache = Path(host.scene.GetCacheManager().GetRemoteCacheDirectory()) / "EndoDepth"
    assert list(cache.iterdir()) == []


def test_closing_the_scene_ends_it(host: Host) -> None:
    _load(SMALL)
    host.close_scene()
    assert _is_idle()
    assert slicer.util.getNodesByClass("vtkMRMLSequenceNode") == []


def test_a_second_click_waits_for_the_first(host: Host) -> None:
    _load(SMALL)
    _load(SMALL)
    assert any("already" in message.text for message in host.messages)
    host.close_scene()


def test_a_cache_that_cannot_be_written_is_said(host: Host, tmp_path: Path, dialogs: list[Any]) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder", encoding="utf-8")
    host.scene.GetCacheManager().SetRemoteCacheDirectory(str(blocked))
    _load(SMALL)
    (message,) = [message for message in host.messages if message.kind == "error"]
    assert "blocked" in message.text and "settings" in message.text
    assert _is_idle() and _nodes(host) != [] and list(dialogs) == []


def test_a_damaged_clip_is_said_and_leaves_nothing(host: Host) -> None:
    clip = Path(host.scene.GetCacheManager().GetRemoteCacheDirectory()) / "EndoDepth" / SMALL.clip_name
    clip.mkdir(parents=True)
    (clip / "poses.json").write_text("{}", encoding="utf-8")
    (clip / "clip.mp4").write_bytes(b"no video")
    before = _nodes(host)
    _load(SMALL)
    assert host.wait_until(_is_idle, PATIENCE_S)
    (message,) = [message for message in host.messages if message.kind == "error"]
    assert "clip.mp4" in message.text
    assert _nodes(host) == before


def test_declining_the_installation_does_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)  # as if it were not installed
    host.dialogs.answers.append(False)
    before = _nodes(host)
    _load(SMALL)
    assert _is_idle() and _nodes(host) == before
    question, *_rest = host.messages
    assert "timm" in question.text and "MB" in question.text
    assert any("packages are missing" in message.text for message in host.messages)
