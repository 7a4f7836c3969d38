"""What "Reload and Test" runs inside Slicer: from a rendered clip, labels and a short training to weights in use."""

from __future__ import annotations

import tempfile
import time
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from EndoDepthScene.frame_stack import pixels_of_stack
from EndoDepthTrainingLib.labels.seg_nrrd import Segments
from EndoDepthTrainingWidgets.panel.choices import SourceKind
from EndoDepthTrainingWidgets.panel.context import REQUIREMENTS_FILE
from EndoDepthTrainingWidgets.running.starting import start_process
from EndoDepthTrainingWidgets.running.work import WorkState
from EndoDepthWidgets.dependencies import ensure_installed, missing_needs
from EndoDepthWidgets.process import Failed, Finished

_PATIENCE_S = 600.0
_FRAMES = 6
_STRUCTURE = "liver"


def run_self_test(test: unittest.TestCase) -> None:
    """Use the panel as a user does; `test` makes the assertions.

    Skips where Slicer's test runner finds packages missing: it can neither ask nor download. A developer is asked.
    """
    others = (REQUIREMENTS_FILE,)
    missing = missing_needs(others)
    if missing and slicer.app.testingEnabled():
        test.skipTest(f"not installed: {', '.join(need.name for need in missing)}; press Start in the module once")
    test.assertTrue(ensure_installed(others=others), "the packages that EndoDepth trains with were not installed")
    slicer.mrmlScene.Clear(False)
    slicer.util.selectModule("EndoDepthTraining")
    panel = slicer.modules.EndoDepthTrainingWidget.panel
    with tempfile.TemporaryDirectory(prefix="endodepth-test-") as folder:
        parameters = panel.context.parameters
        parameters.sourceKind = SourceKind.FOLDER
        parameters.sourcePath = str(render_clip(test, Path(folder)))
        parameters.folderPath = str(Path(folder) / "frames")
        parameters.runPath = str(Path(folder) / "run")
        parameters.frameCount, parameters.steps = _FRAMES, 2
        press(test, panel, panel.context.ui.pickButton)
        mark_what_is_bright(panel.context.frames)
        panel.refresh()
        test.assertIsNone(panel.training.problem())
        press(test, panel, panel.context.ui.trainButton)
        test.assertIsNotNone(panel.training.watch.losses, "no curve")
        panel.context.ui.adoptButton.click()
        chosen = slicer.modules.EndoDepthWidget.panel.model
        test.assertIsNone(chosen.problem())
        test.assertEqual(Path(chosen.argument).parent.name, "run")


def mark_what_is_bright(frames: Any) -> None:
    """Mark the brightest third of every frame, as a stand-in for a person's hand."""
    for name, pixels in zip(frames.names, pixels_of_stack(frames.volume), strict=True):
        brightness = pixels.mean(axis=2)
        labels = (brightness > np.quantile(brightness, 0.67)).astype(np.uint8)
        frames.put(name, Segments(labels, (_STRUCTURE,), ((180, 60, 50),)))


def press(test: unittest.TestCase, panel: Any, button: Any) -> None:
    """Press a button and wait for the good end of what it began."""
    button.click()
    test.assertTrue(panel.context.runner.is_busy)
    wait_for(lambda: not panel.context.runner.is_busy)
    report = panel.context.runner.report
    test.assertIs(report.state, WorkState.DONE, report.message)


def render_clip(test: unittest.TestCase, folder: Path) -> Path:
    """The frames folder of a short rendered clip."""
    size = ("--width", "160", "--height", "128")
    run(test, ["synthesize", "laparoscopy", "--output", str(folder / "clip"), "--frames", str(_FRAMES), *size])
    return folder / "clip" / "frames"


def run(test: unittest.TestCase, arguments: Sequence[str]) -> None:
    """Run the command line to its good end."""
    process = start_process(arguments)
    events: list[Any] = []

    def is_over() -> bool:
        events.extend(process.poll())
        return not process.running

    wait_for(is_over)
    test.assertIsInstance(events[-1], Finished, events[-1].message if isinstance(events[-1], Failed) else "")


def wait_for(condition: Callable[[], bool]) -> None:
    """Let Slicer go on until something is so. Raises TimeoutError."""
    end_s = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(f"nothing happened within {_PATIENCE_S:.0f} s")
        slicer.app.processEvents()
        time.sleep(0.005)
