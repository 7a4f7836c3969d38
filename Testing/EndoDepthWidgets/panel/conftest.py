from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest
from host import Host, start_host
from panel_driving.driver import Driver
from panel_driving.endings import LEAVE_A_TRACE, LONG, is_alive, pids_of
from panel_driving.told_processes import DEVICES, PROMPTS, commands, copying
from sample_case.lettered import LIVER, camera, image, make_results, request


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished results folder of three small frames."""
    folder = tmp_path_factory.mktemp("lettered") / "results"
    return make_results(folder, request(camera(), (LIVER,)), 3).folder


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of five small frames, 25 a second."""
    path = tmp_path_factory.mktemp("video") / "lettered.avi"
    lens = camera()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (lens.width, lens.height))
    for number in range(5):
        writer.write(cv2.cvtColor(image(lens, number), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


@pytest.fixture(scope="module")
def programs() -> dict[str, str]:
    """What runs in place of subcommands of the command line."""
    return {}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, programs: dict[str, str]) -> Iterator[Host]:
    """One running host for the tests of a file."""
    with start_host(tmp_path_factory.mktemp("slicer")) as running:
        from EndoDepthWidgets.process import ChildProcess

        real = ChildProcess.start
        ChildProcess.start = staticmethod(commands(programs, real))  # type: ignore[assignment]
        yield running
        ChildProcess.start = real  # type: ignore[method-assign]


@pytest.fixture
def open_panel(host: Host, programs: dict[str, str]) -> Callable[..., Driver]:
    """Opens the panel on an empty scene; the programs given run in place of those subcommands of the command line."""

    def open_it(**bodies: str) -> Driver:
        programs.clear()
        programs.update({"devices": DEVICES, "prompts": PROMPTS, **bodies})
        driver = Driver(host)
        host.close_scene()
        host.dialogs.reset()
        host.packaging.reset()
        host.app.settings().clear()
        driver.panel.refresh()
        return driver

    return open_it


@pytest.fixture
def running(open_panel: Callable[..., Driver], results: Path, video: Path) -> tuple[Driver, set[str], list[int]]:
    """A panel whose job has made two frames and works on: driver, the nodes before, the child's processes."""
    driver = open_panel(reconstruct=LEAVE_A_TRACE + copying(results, end=LONG))
    driver.choose_input(video)
    before = driver.node_ids()
    driver.apply()
    driver.wait(lambda: len(driver.node_ids()) > len(before) + 5)
    pids = pids_of()
    assert len(pids) == 2 and all(map(is_alive, pids))
    return driver, before, pids
