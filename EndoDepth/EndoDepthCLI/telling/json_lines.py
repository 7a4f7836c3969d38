"""Progress for another program: one JSON object a line on stdout.

    {"event": "progress", "stage": "frames", "done": 3, "total": 40, "remaining_s": 11.2}
    {"event": "frame_ready", "position": 2}
    {"event": "warning", "text": "..."}
    {"event": "log", "text": "..."}             what the command prints for people
    {"event": "answer", "value": {...}}         of the commands that answer a question
    {"event": "finished"}                       the last line of a run that did its work
    {"event": "error", "message": "..."}        the last line of one that did not

`total` and `remaining_s` are null while nobody knows. "prepare" is the stage of opening files and reading weights.
"""

from __future__ import annotations

import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from typing import Any

from EndoDepthCLI.telling.pace import Pace
from EndoDepthCLI.telling.teller import StageView

_EVERY_S = 0.1
PREPARE = "prepare"


class JsonTeller:
    """Tells everything by lines of JSON, each written at once; progress of a stage at most ten times a second."""

    def __init__(self) -> None:
        self._stream = sys.stdout
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """A stage without steps."""
        self.progress(PREPARE, 0, None, None)

    def begin(self, stage: str, total: int | None, unit: str) -> StageView:
        """A stage with steps."""
        return _Stage(self, stage, total)

    def warn(self, text: str) -> None:
        """Tell a warning."""
        self._tell("warning", text=text)

    def frame_ready(self, position: int) -> None:
        """Tell that a frame can be read."""
        self._tell("frame_ready", position=position)

    def answer(self, value: dict[str, Any]) -> None:
        """Tell the answer."""
        self._tell("answer", value=value)

    def finished(self) -> None:
        """Tell the good end."""
        self._tell("finished")

    def failed(self, line: str) -> None:
        """Tell the bad end."""
        self._tell("error", message=line)

    def progress(self, stage: str, done: int, total: int | None, remaining_s: float | None) -> None:
        """Tell how far a stage is."""
        rounded = None if remaining_s is None else round(remaining_s, 1)
        self._tell("progress", stage=stage, done=done, total=total, remaining_s=rounded)

    def printing(self) -> AbstractContextManager[object]:
        """What is printed becomes events of the kind "log", a line each."""
        return self._printing()

    @contextmanager
    def _printing(self) -> Iterator[None]:
        lines = _LineStream(lambda text: self._tell("log", text=text))
        with redirect_stdout(lines):
            yield
        lines.end_line()

    def _tell(self, event: str, **values: Any) -> None:
        line = json.dumps({"event": event, **values}, ensure_ascii=True, allow_nan=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class _Stage:
    def __init__(self, teller: JsonTeller, stage: str, total: int | None) -> None:
        self._teller, self._stage, self._total = teller, stage, total
        self._pace = Pace(total)
        self._told_s = 0.0
        self.at(0)

    def at(self, done: int) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= _EVERY_S:
            self._told_s = now_s
            self._tell(done)

    def end(self, done: int, succeeded: bool) -> None:
        if succeeded:
            self._tell(done)

    def _tell(self, done: int) -> None:
        self._teller.progress(self._stage, done, self._total, self._pace.remaining_s(done))


class _LineStream(io.TextIOBase):
    """A text stream that hands on whole lines."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._hand_on(line)
        return len(text)

    def end_line(self) -> None:
        """Hand on what lacks its line break."""
        self._hand_on(self._begun)
        self._begun = ""

    def _hand_on(self, line: str) -> None:
        if line.strip():
            self._take(line)
