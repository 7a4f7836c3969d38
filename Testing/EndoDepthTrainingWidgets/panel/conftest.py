from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from host import Host, start_host
from host.running import MODULE_FOLDERS
from panel_driving.annotated_phantom import write_annotated_clip
from panel_driving.training_driver import TrainingDriver

FRAMES = 14


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    """A phantom video and the label map of each of its frames."""
    path = tmp_path_factory.mktemp("clip") / "phantom.avi"
    return path, write_annotated_clip(path, FRAMES, 96, 96)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """One running host for the tests of a file."""
    with start_host(tmp_path_factory.mktemp("slicer")) as running:
        running.load_module(MODULE_FOLDERS[0] / "EndoDepth.py")  # the training module depends on it
        yield running


@pytest.fixture
def open_panel(host: Host) -> Callable[[], TrainingDriver]:
    """Opens the panel on an empty scene."""

    def open_it() -> TrainingDriver:
        driver = TrainingDriver(host)
        host.close_scene()
        host.dialogs.reset()
        host.packaging.reset()
        driver.panel.refresh()
        return driver

    return open_it
