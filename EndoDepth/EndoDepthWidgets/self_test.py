"""What "Reload and Test" runs inside Slicer: from a rendered clip through the panel to a case that plays."""

from __future__ import annotations

import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import SEQUENCE_KINDS
from EndoDepthWidgets.dependencies import ensure_installed, missing_needs
from EndoDepthWidgets.job.job import JobState
from EndoDepthWidgets.panel.choices import InputKind
from EndoDepthWidgets.process import ChildProcess, Failed, Finished

_PATIENCE_S = 600.0


def run_self_test(test: unittest.TestCase) -> None:
    """Use the panel as a user does; `test` makes the assertions.

    Skips where Slicer's test runner finds packages missing: it can neither ask nor download. A developer is asked.
    """
    missing = missing_needs()
    if missing and slicer.app.testingEnabled():
        test.skipTest(f"not installed: {', '.join(need.name for need in missing)}; press Apply in the module once")
    test.assertTrue(ensure_installed(), "the packages that EndoDepth computes with were not installed")
    slicer.mrmlScene.Clear(False)
    slicer.util.selectModule("EndoDepth")
    panel = slicer.modules.EndoDepthWidget.panel
    with tempfile.TemporaryDirectory(prefix="endodepth-test-") as folder:
        clip = render_clip(test, Path(folder))
        parameters = panel.context.parameters
        parameters.inputKind = InputKind.FOLDER
        parameters.inputPath = str(clip)
        parameters.prompts = ["liver"]
        wait_for(lambda: not panel.input.is_looking)
        test.assertIsNone(panel.problem())
        panel.context.ui.applyButton.click()
        test.assertTrue(panel.context.controller.is_busy)
        wait_for(lambda: not panel.context.controller.is_busy)
        test.assertIs(panel.context.controller.report.state, JobState.DONE, panel.context.controller.report.message)
        view = panel.context.view
        check_case(test, view)


def render_clip(test: unittest.TestCase, folder: Path) -> Path:
    """The frames folder of a short rendered clip."""
    process = ChildProcess.start(
        [
            "synthesize",
            "laparoscopy",
            "--output",
            str(folder / "clip"),
            "--frames",
            "3",
            "--width",
            "160",
            "--height",
            "128",
        ]
    )
    events: list[Any] = []

    def is_over() -> bool:
        events.extend(process.poll())
        return not process.running

    wait_for(is_over)
    test.assertIsInstance(events[-1], Finished, events[-1].message if isinstance(events[-1], Failed) else "")
    return folder / "clip" / "frames"


def check_case(test: unittest.TestCase, view: CaseView | None) -> None:
    """A case with all its sequences, which play together."""
    assert view is not None
    test.assertEqual(set(view.kinds), set(SEQUENCE_KINDS))
    for position in range(len(view)):
        view.select(position)
        test.assertEqual(view.frame_index, position)


def wait_for(condition: Callable[[], bool]) -> None:
    """Let Slicer go on until something is so. Raises TimeoutError."""
    end_s = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"nothing happened within {_PATIENCE_S:.0f} s")
        slicer.app.processEvents()
        time.sleep(0.005)
