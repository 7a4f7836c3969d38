"""Dialogs are written down and answered; a dialog really opens."""

from __future__ import annotations

import importlib
import subprocess
from typing import Any

import pytest
import slicer
from host import Host


def test_displays_are_written_down(host: Host) -> None:
    slicer.util.infoDisplay("for you")
    slicer.util.warningDisplay("careful")
    slicer.util.errorDisplay("wrong", detailedText="where")
    slicer.util.delayDisplay("a moment")
    assert [(each.kind, each.text) for each in host.messages] == [
        ("info", "for you"), ("warning", "careful"), ("error", "wrong"), ("delay", "a moment"),
    ]  # fmt: skip
    assert host.messages[2].details == "where"


def test_the_test_answers(host: Host) -> None:
    import qt

    host.dialogs.answers.extend([False, True])
    assert slicer.util.confirmYesNoDisplay("go?") is False
    assert slicer.util.confirmYesNoDisplay("go?") is True
    assert slicer.util.confirmOkCancelDisplay("go?") is True
    host.dialogs.answers.append(qt.QMessageBox.No)
    assert qt.QMessageBox.question(None, "title", "plain Qt?") == qt.QMessageBox.No
    assert [each.kind for each in host.messages] == ["question"] * 4


def test_a_dialog_can_be_seen_before_it_is_answered(host: Host) -> None:
    seen: list[Any] = []
    host.dialogs.on_shown = lambda box: seen.append((box.isVisible(), box.text()))
    slicer.util.errorDisplay("look")
    assert seen == [(True, "look")]


def test_an_error_is_shown_and_goes_on(host: Host) -> None:
    with pytest.raises(ValueError, match="no answer"), slicer.util.tryWithErrorDisplay("It failed.", waitCursor=True):
        raise ValueError("three is no answer")
    (message,) = host.messages
    assert message.kind == "error" and message.text == "It failed.\n\nthree is no answer"
    assert "Traceback" in message.details


def test_in_testing_mode_nothing_opens(host: Host) -> None:
    slicer.app.is_testing = True
    slicer.util.confirmOkCancelDisplay("go?")
    slicer.util.errorDisplay("wrong")
    assert host.messages == []


def test_packages_are_asked_for_and_not_installed(host: Host) -> None:
    slicer.packaging.pip_ensure(["tqdm>=4"], requester="Sample")
    assert host.messages == [] and host.packaging.installed == []
    host.packaging.missing.add("tqdm")
    with pytest.raises(ImportError):
        importlib.import_module("tqdm")
    host.dialogs.answers.append(False)
    with pytest.raises(RuntimeError, match="tqdm"):
        slicer.packaging.pip_ensure(["tqdm>=4"], requester="Sample")
    host.packaging.fails = True
    with pytest.raises(subprocess.CalledProcessError):
        slicer.packaging.pip_ensure(["tqdm>=4"])
    host.packaging.fails = False
    slicer.util.pip_install(["tqdm>=4", "-c", "constraints.txt"])
    assert host.packaging.installed == ["tqdm>=4"] and slicer.packaging.pip_check("tqdm")
    assert importlib.import_module("tqdm")


def test_torch_comes_from_its_extension(host: Host) -> None:
    from PyTorchUtils import PyTorchUtilsLogic

    host.packaging.missing.add("torch")
    assert not PyTorchUtilsLogic().torchInstalled()
    host.dialogs.answers.append(False)
    assert PyTorchUtilsLogic().installTorch(askConfirmation=True) is None
    assert PyTorchUtilsLogic().installTorch(torchVersionRequirement=">=2.5") is not None
    assert host.packaging.installed == ["torch>=2.5", "torchvision"] and PyTorchUtilsLogic().torchInstalled()


def test_sample_data_is_registered_once(host: Host) -> None:
    from SampleData import SampleDataLogic

    pressed: list[Any] = []
    for _ in range(2):
        SampleDataLogic.registerCustomSampleDataSource(
            category="Sample", sampleName="one", uris=[], fileNames=[], nodeNames=[], customDownloader=pressed.append
        )
    (source,) = slicer.modules.sampleDataSources["Sample"]
    SampleDataLogic().downloadSamples("one")
    assert pressed == [source]
