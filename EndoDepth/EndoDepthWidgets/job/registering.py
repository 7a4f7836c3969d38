"""Bringing a surface to the CT beside the event loop: `endodepth register` in a child process, polled by a timer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import qt

from EndoDepthLib.errors import EndoDepthError
from EndoDepthWidgets.process.protocol import Failed, Finished, JobProcess, Progress

_POLL_MS = 50


class RegistrationRun:
    """One run at a time. `write` puts the input files into a temporary folder and gives the command's arguments without
    `--output`; `done` is called with the folder of results, which vanishes afterwards; `failed` with one sentence;
    `progressed` with 0..1.
    """

    def __init__(self, start_process: Callable[[Sequence[str]], JobProcess]) -> None:
        self._start_process = start_process
        self._process: JobProcess | None = None
        self._folder: Path | None = None
        self._done: Callable[[Path], None] = _ignore
        self._failed: Callable[[str], None] = _ignore
        self._progressed: Callable[[float], None] = _ignore
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_running(self) -> bool:
        """Whether a run has begun and not ended."""
        return self._process is not None

    def start(
        self,
        write: Callable[[Path], Sequence[str]],
        done: Callable[[Path], None],
        failed: Callable[[str], None],
        progressed: Callable[[float], None],
    ) -> None:
        """Begin. Raises an EndoDepthError, and leaves no folder, when the input or the process is refused at once."""
        self.cancel()
        self._done, self._failed, self._progressed = done, failed, progressed
        self._folder = Path(tempfile.mkdtemp(prefix="endodepth-registration-"))
        try:
            arguments = write(self._folder)
            self._process = self._start_process((*arguments, "--output", str(self._results)))
        except BaseException:
            self._end()
            raise
        self._timer.start()

    def cancel(self) -> None:
        """End the run; nothing is called any more, nothing is left."""
        if self._process is not None:
            self._process.kill()
        self._end()

    @property
    def _results(self) -> Path:
        assert self._folder is not None
        return self._folder / "registration"

    def _poll(self) -> None:
        for event in self._process.poll() if self._process is not None else ():
            if isinstance(event, Progress) and event.total:
                self._progressed(event.done / event.total)
            elif isinstance(event, Failed):
                self._end()
                self._failed(event.message)
                return
            elif isinstance(event, Finished):
                self._process = None
                self._timer.stop()
                try:
                    self._done(self._results)
                except EndoDepthError as error:
                    self._failed(str(error))
                finally:
                    self._end()
                return

    def _end(self) -> None:
        self._timer.stop()
        self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None


def _ignore(_value: object) -> None:
    return
