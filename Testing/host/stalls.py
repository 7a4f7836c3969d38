"""How long the event loop stood still: a timer of 10 ms, and the longest gap between two of its ticks."""

from __future__ import annotations

import time
from types import TracebackType

from PySide6.QtCore import QElapsedTimer, Qt, QTimer

TICK_MS = 10


class StallMonitor:
    """Use as a context manager. `longest_ms`: the longest time between two ticks; `ticks`: how many there were.

    `cpu_ms`: processor time of this process during that gap. On a machine that is shared, a gap with little processor
    time was another program's.
    """

    def __init__(self) -> None:
        self.longest_ms = self.cpu_ms = 0.0
        self.ticks = 0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._clock = QElapsedTimer()
        self._cpu = 0.0

    def __enter__(self) -> StallMonitor:
        self._clock.start()
        self._cpu = time.process_time()
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        gap, cpu = self._clock.nsecsElapsed() / 1e6, time.process_time()
        if gap > self.longest_ms:
            self.longest_ms, self.cpu_ms = gap, 1e3 * (cpu - self._cpu)
        self.ticks += 1
        self._clock.restart()
        self._cpu = cpu
