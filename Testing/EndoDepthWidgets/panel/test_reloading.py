"""The button Reload, with a job running. In a file of its own: it takes the packages anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from host import Host
from panel_driving.driver import Driver
from panel_driving.endings import is_alive, left_over

_PACKAGES = ("EndoDepthLib", "EndoDepthScene", "EndoDepthWidgets")


@pytest.fixture(autouse=True)
def packages_as_before() -> Iterator[None]:
    """The other tests keep the classes that they know."""
    before = {name: module for name, module in sys.modules.items() if name.startswith(_PACKAGES)}
    yield
    for name in [name for name in sys.modules if name.startswith(_PACKAGES)]:
        del sys.modules[name]
    sys.modules.update(before)


def test_reloading_the_module_ends_the_job(running: tuple[Driver, set[str], list[int]], host: Host) -> None:
    driver, before, pids = running
    driver.widget = host.reload_module("EndoDepth")
    assert not any(map(is_alive, pids)) and left_over() == []
    assert driver.node_ids() == before
    assert not driver.is_busy and driver.ui.applyButton.text() == "Apply"
