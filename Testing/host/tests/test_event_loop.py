"""Waiting runs the real event loop, and the stall monitor sees when it stands still."""

from __future__ import annotations

import time

from host import Host
from PySide6.QtCore import QTimer


def test_waiting_lets_timers_run(host: Host) -> None:
    done: list[bool] = []
    QTimer.singleShot(30, lambda: done.append(True))
    assert host.wait_until(lambda: bool(done), 5.0)
    assert not host.wait_until(lambda: False, 0.05)


def test_a_stall_is_seen(host: Host) -> None:
    QTimer.singleShot(50, lambda: time.sleep(0.3))
    with host.stall_monitor() as monitor:
        host.wait(0.6)
    assert monitor.longest_ms >= 290
    with host.stall_monitor() as monitor:
        host.wait_until(lambda: monitor.ticks > 5, 10.0)
    assert monitor.ticks > 5
