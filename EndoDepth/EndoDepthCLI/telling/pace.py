"""How fast a stage goes."""

from __future__ import annotations

import time


class Pace:
    """A clock that starts when it is made, for a stage of `total` steps (None: nobody knows how many)."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._started_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the stage began."""
        return time.monotonic() - self._started_s

    def remaining_s(self, done: int) -> float | None:
        """Seconds that are left at the pace so far; None while nobody can know."""
        if not self._total or not done:
            return None
        return self.elapsed_s / done * max(self._total - done, 0)
