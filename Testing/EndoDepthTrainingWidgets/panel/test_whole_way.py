"""The whole way with the real command line: pick, annotate, train, watch, compare, use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import slicer
from panel_driving.annotated_phantom import masks_of
from panel_driving.driver import Driver
from panel_driving.training_driver import TrainingDriver

from EndoDepthTrainingWidgets.panel.views import PICTURE_VIEW

STRUCTURES = ("liver", "the tool")
"""The second one is a name that no shipped weights know."""


def test_ten_annotated_frames_become_weights_in_use(
    open_panel: Callable[[], TrainingDriver], clip: tuple[Path, list[np.ndarray]], tmp_path: Path
) -> None:
    driver = open_panel()
    video, labels = clip
    driver.pick(video, tmp_path / "frames", 10)
    assert "The frames are picked" in driver.message, driver.log
    names = driver.frames.names
    assert len(names) == 10 and all(name.startswith("phantom-") for name in names)
    assert [is_held_out for _name, _labels, is_held_out in driver.rows()] == [number % 5 == 2 for number in range(10)]
    assert not driver.ui.trainButton.isEnabled() and "Mark structures" in driver.ui.labelsNoteLabel.text()

    masks = masks_of(names, labels, ("liver", "surgical instrument"))
    driver.paint(dict(zip(STRUCTURES, masks.values(), strict=True)))
    assert driver.rows()[0][1] == "liver, the tool", driver.rows()
    driver.enter_path(driver.ui.runPathLineEdit, tmp_path / "run")
    driver.type_number(driver.ui.stepsSpinBox, "2")
    driver.press(driver.ui.trainButton)
    assert "The training is done" in driver.message, driver.log
    assert len(list((tmp_path / "frames" / "held-out").glob("*.seg.nrrd"))) == 2
    watch = driver.panel.training.watch
    curves = [watch.figures.GetNthPlotSeriesNode(place) for place in range(watch.figures.GetNumberOfPlotSeriesNodes())]
    assert {each.GetName() for each in curves} >= {"dice"} and watch.losses is not None
    manager = slicer.app.layoutManager()
    driver.host.screenshot(None, tmp_path / "trained.png")
    assert manager.plotWidget(1).plotView().chart.GetNumberOfPlots() == len(curves), "the curves are on the screen"
    picture = driver.panel.training.picture.node
    assert manager.sliceWidget(PICTURE_VIEW).mrmlSliceCompositeNode().GetBackgroundVolumeID() == picture.GetID()

    driver.press(driver.ui.compareButton)
    assert "The comparison is in the table" in driver.message, driver.log
    tree = driver.ui.comparisonTreeWidget
    rows = {tree.topLevelItem(place).text(0): tree.topLevelItem(place).text(2) for place in range(4)}
    assert 0.0 <= float(rows["Dice, liver"]) <= 1.0 and "Dice, the tool" in rows
    assert picture.GetName() == "Comparison on held-out frames"

    driver.host.click(driver.ui.adoptButton)
    used = Driver(driver.host)
    assert Path(used.panel.model.argument) == (tmp_path / "run" / "weights.safetensors").resolve()
    assert list(used.parameters.prompts) == list(STRUCTURES)
    used.choose_input(video)
    used.host.choose(used.ui.scopeComboBox, "Current frame")
    used.wait(lambda: used.panel.problem() is None and not used.panel.structures.unknown)
    used.run_to_the_end()
    assert "Done: 1 frame." in used.message, used.report.log
    assert used.panel.context.view.prompts == list(STRUCTURES), "a name that the shipped weights do not know"
