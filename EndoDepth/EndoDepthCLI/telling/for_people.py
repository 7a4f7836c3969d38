"""Progress on stderr for people: a bar with the remaining time on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from EndoDepthCLI.telling.pace import Pace
from EndoDepthCLI.telling.teller import StageView

if TYPE_CHECKING:
    from tqdm import tqdm

_PLAIN_LINE_EVERY_S = 10.0


class PeopleTeller:
    """Results on stdout, progress and warnings on stderr.

    bars: whether stages are bars where stderr is a terminal; without, they are always plain lines.
    """

    def __init__(self, bars: bool = True) -> None:
        self._bars = bars

    def prepare(self) -> None:
        """People see the stages that follow soon enough."""

    def begin(self, stage: str, total: int | None, unit: str) -> StageView:
        """Show a bar, or say the first of a few lines."""
        if self._bars and sys.stderr.isatty():
            return _Bar(stage, total, unit)
        return _Lines(stage, total, unit)

    def warn(self, text: str) -> None:
        """Say it on stderr."""
        print(f"endodepth: warning: {text}", file=sys.stderr, flush=True)

    def frame_ready(self, position: int) -> None:
        """People count frames by the progress."""

    def answer(self, value: dict[str, Any]) -> None:
        """Print it as JSON on stdout."""
        print(json.dumps(value, indent=2, ensure_ascii=False))

    def finished(self) -> None:
        """The command has printed what it made."""

    def failed(self, line: str) -> None:
        """Say it on stderr."""
        print(f"endodepth: error: {line}", file=sys.stderr)

    def printing(self) -> AbstractContextManager[object]:
        """What is printed is for people too."""
        return nullcontext()


class _Bar:
    def __init__(self, stage: str, total: int | None, unit: str) -> None:
        from tqdm import tqdm

        self._bar: tqdm = tqdm(total=total, desc=stage, unit=" " + unit, file=sys.stderr, leave=True)

    def at(self, done: int) -> None:
        self._bar.update(done - self._bar.n)

    def end(self, done: int, succeeded: bool) -> None:
        self._bar.close()


class _Lines:
    """A line at the start, every ten seconds and at the end."""

    def __init__(self, stage: str, total: int | None, unit: str) -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._pace = Pace(total)
        self._last_line_s = time.monotonic()
        self._say(f"{total} {unit}s" if total is not None else f"{unit}s")

    def at(self, done: int) -> None:
        if time.monotonic() - self._last_line_s < _PLAIN_LINE_EVERY_S:
            return
        self._last_line_s = time.monotonic()
        remaining_s = self._pace.remaining_s(done)
        if remaining_s is None:
            self._say(f"{done} {self._unit}s, {self._pace.elapsed_s:.0f} s so far")
        else:
            self._say(f"{done}/{self._total} {self._unit}s, about {remaining_s:.0f} s left")

    def end(self, done: int, succeeded: bool) -> None:
        if succeeded:
            self._say(f"done, {done} {self._unit}s in {self._pace.elapsed_s:.1f} s")

    def _say(self, text: str) -> None:
        print(f"{self._stage}: {text}", file=sys.stderr, flush=True)
