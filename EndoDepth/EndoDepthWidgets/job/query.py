"""A short question to the command line, answered in JSON: what a video holds, which devices there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt

from EndoDepthLib.errors import EndoDepthError
from EndoDepthWidgets.process.protocol import Answered, Failed, Finished, JobProcess

_POLL_MS = 50


class Query:
    """Asks one thing at a time; a new question takes the place of the one before.

    The question is asked `delay_ms` after `ask`, so that a path may be typed without a process for every letter.
    """

    def __init__(self, start_process: Callable[[Sequence[str]], JobProcess], delay_ms: int = 0) -> None:
        self._start_process = start_process
        self._process: JobProcess | None = None
        self._forgotten: list[JobProcess] = []
        self._answer: dict[str, Any] | None = None
        self._arguments: tuple[str, ...] = ()
        self._answered: Callable[[dict[str, Any]], None] = _ignore
        self._failed: Callable[[str], None] = _ignore
        self._delay = qt.QTimer()
        self._delay.setSingleShot(True)
        self._delay.setInterval(delay_ms)
        self._delay.timeout.connect(self._begin)
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._delay.property("active")) or self._process is not None

    def ask(
        self, arguments: Sequence[str], answered: Callable[[dict[str, Any]], None], failed: Callable[[str], None]
    ) -> None:
        """Run the command with these arguments; one of the two is called later with its JSON or with one sentence."""
        self.drop()
        self._arguments, self._answered, self._failed = tuple(arguments), answered, failed
        self._delay.start()

    def drop(self) -> None:
        """Forget the question. Its process goes on to its end, which is near: to end it might take a moment."""
        self._delay.stop()
        if self._process is not None:
            self._forgotten.append(self._process)
        self._process = self._answer = None

    def close(self) -> None:
        """Forget the question and end its process."""
        self.drop()
        self._timer.stop()
        for process in self._forgotten:
            process.kill()
        self._forgotten = []

    def _begin(self) -> None:
        try:
            self._process = self._start_process(self._arguments)
        except EndoDepthError as error:
            self._failed(str(error))
            return
        self._timer.start()

    def _poll(self) -> None:
        for process in self._forgotten:
            process.poll()
        self._forgotten = [process for process in self._forgotten if process.running]
        if self._process is None and not self._forgotten:
            self._timer.stop()
        for event in self._process.poll() if self._process is not None else ():
            if isinstance(event, Answered):
                self._answer = event.value
            elif isinstance(event, Failed):
                self.drop()
                self._failed(event.message)
                return
            elif isinstance(event, Finished):
                answer = self._answer
                self.drop()
                if answer is None:
                    self._failed("the command gave no answer")
                else:
                    self._answered(answer)
                return


def _ignore(_value: Any) -> None:
    return
