"""Progress on stderr: a bar with the remaining time on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from tqdm import tqdm

_PLAIN_LINE_EVERY_S = 10.0


class Progress:
    """Counts the steps of one stage; use as a context manager and call `step` after each.

    `total` may be None when nobody knows. A log file gets a line at the start, every ten seconds and at the end.
    """

    def __init__(self, stage: str, total: int | None, unit: str = "frame") -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._done = 0
        self._bar: tqdm | None = None
        self._started_s = self._last_line_s = time.monotonic()

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._bar = tqdm(total=self._total, desc=self._stage, unit=" " + self._unit, file=sys.stderr, leave=True)
        else:
            amount = f"{self._total} {self._unit}s" if self._total is not None else f"{self._unit}s"
            print(f"{self._stage}: {amount}", file=sys.stderr, flush=True)
        return self

    def step(self, count: int = 1) -> None:
        """Say that `count` more steps are done."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
        elif time.monotonic() - self._last_line_s >= _PLAIN_LINE_EVERY_S:
            self._last_line_s = time.monotonic()
            print(self._plain_line(), file=sys.stderr, flush=True)

    def reach(self, fraction: float) -> None:
        """Say which fraction (0..1) of a stage with a known total is done."""
        if self._total is not None:
            self.step(max(round(fraction * self._total) - self._done, 0))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        elif kind is None:
            elapsed_s = time.monotonic() - self._started_s
            print(f"{self._stage}: done, {self._done} {self._unit}s in {elapsed_s:.1f} s", file=sys.stderr, flush=True)

    def _plain_line(self) -> str:
        elapsed_s = time.monotonic() - self._started_s
        if not self._total:
            return f"{self._stage}: {self._done} {self._unit}s, {elapsed_s:.0f} s so far"
        remaining_s = elapsed_s / max(self._done, 1) * max(self._total - self._done, 0)
        return f"{self._stage}: {self._done}/{self._total} {self._unit}s, about {remaining_s:.0f} s left"
