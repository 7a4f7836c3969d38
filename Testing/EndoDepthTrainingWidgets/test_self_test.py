"""What CTest and "Reload and Test" run: it skips on a build machine without the packages, and asks a developer.

That it passes where everything is there costs a training: Testing/Benchmarks/training_self_test.py.
"""

from __future__ import annotations

import importlib
import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest
import slicer
from host import Host, start_host


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with start_host(tmp_path, with_window=False) as running:
        running.open_module("EndoDepthTraining")
        yield running


def _run(is_testing: bool) -> unittest.TestResult:
    """As slicer.testing.runUnitTest does, which CTest calls with `Slicer --testing`."""
    slicer.app.is_testing = is_testing
    try:
        result = unittest.TestResult()
        importlib.import_module("EndoDepthTraining").EndoDepthTrainingTest("runTest").run(result)
        return result
    finally:
        slicer.app.is_testing = False


def test_it_skips_where_packages_are_missing_and_nobody_can_be_asked(host: Host) -> None:
    host.packaging.missing.add("pycolmap")
    result = _run(is_testing=True)
    assert [reason for _, reason in result.skipped] == ["not installed: pycolmap; press Start in the module once"]
    assert result.wasSuccessful() and host.messages == [] and host.packaging.installed == []


def test_a_developer_is_asked_and_may_decline(host: Host) -> None:
    host.packaging.missing.add("matplotlib")
    host.dialogs.answers.append(False)
    result = _run(is_testing=False)
    assert "were not installed" in result.failures[0][1] and host.packaging.installed == []


def test_a_panel_without_a_main_window_opens(host: Host) -> None:
    assert slicer.modules.EndoDepthTrainingWidget.panel.context.parameters is not None
