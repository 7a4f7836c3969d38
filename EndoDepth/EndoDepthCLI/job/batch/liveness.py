"""Whether others are still at work, told from changes alone: no two machines have to agree on what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

_LONGEST_STEP_S = 2.0


class OwnClock:
    """Seconds during which this process ran: time in which it was stopped, or its computer asleep, does not count.

    `tick` has to be called at least every 2 seconds. Changes of the wall clock do not matter.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_s = clock()
        self.now_s = 0.0

    def tick(self) -> float:
        """The seconds so far."""
        now_s = self._clock()
        self.now_s += min(max(now_s - self._last_s, 0.0), _LONGEST_STEP_S)
        self._last_s = now_s
        return self.now_s


class Watch:
    """Tells whether a sign of life has stood still for `patience_s` of the watcher's own clock."""

    def __init__(self, clock: OwnClock, patience_s: float) -> None:
        self._clock, self._patience_s = clock, patience_s
        self._seen: dict[str, tuple[Hashable, float]] = {}

    def is_still(self, name: str, sign: Hashable) -> bool:
        """Look at the sign of `name` now; True when it has been the same for too long."""
        before = self._seen.get(name)
        if before is None or before[0] != sign:
            self._seen[name] = (sign, self._clock.now_s)
            return False
        return self._clock.now_s - before[1] >= self._patience_s
