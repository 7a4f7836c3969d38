"""What CTest and "Reload and Test" run: it skips on a build machine without the packages, else it computes."""

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
    with start_host(tmp_path) as running:
        running.open_module("EndoDepth")
        yield running


def _run(is_testing: bool) -> unittest.TestResult:
    """As slicer.testing.runUnitTest does, which CTest calls with `Slicer --testing`."""
    slicer.app.is_testing = is_testing
    try:
        result = unittest.TestResult()
        importlib.import_module("EndoDepth").EndoDepthTest("runTest").run(result)
        return result
    finally:
        slicer.app.is_testing = False


def test_it_skips_where_packages_are_missing_and_nobody_can_be_asked(host: Host) -> None:
    host.packaging.missing.add("av")
    kept = host.scene.AddNewNodeByClass("vtkMRMLTextNode")
    result = _run(is_testing=True)
    assert [reason for _, reason in result.skipped] == ["not installed: av; press Apply in the module once"]
    assert result.wasSuccessful()
    assert host.messages == [] and host.packaging.installed == []
    assert host.scene.IsNodePresent(kept), "the scene was touched"


def test_a_developer_is_asked_and_may_decline(host: Host) -> None:
    host.packaging.missing.add("av")
    host.dialogs.answers.append(False)
    result = _run(is_testing=False)
    assert "were not installed" in result.failures[0][1]
    assert result.skipped == [] and host.packaging.installed == []


def test_it_passes_where_everything_is_installed(host: Host) -> None:
    result = _run(is_testing=True)
    assert not [*result.failures, *result.errors], [*result.failures, *result.errors][0][1]
    assert not result.skipped
