"""Does one piece of work at a time beside the event loop: a timer polls the child and takes one step a tick."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

import qt
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthTrainingWidgets.running.work import Work, WorkReport, WorkState
from EndoDepthWidgets.job.job import Step
from EndoDepthWidgets.process.chained import ChainedProcess
from EndoDepthWidgets.process.protocol import (
    Answered,
    Failed,
    Finished,
    JobEvent,
    JobProcess,
    Logged,
    Progress,
    Warned,
)

TICK_MS = 30
GRACE_S = 60.0
"""How long a command that was asked to end may take to save its work."""


class WorkRunner:
    """idle -> running -> done, failed or stopped. `changed` is called after everything that happens; read `report`."""

    def __init__(self, start_process: Callable[[Sequence[str]], JobProcess], changed: Callable[[], None]) -> None:
        self.report = WorkReport()
        self._start_process = start_process
        self._changed = changed
        self._work: Work | None = None
        self._steps: Iterator[Step] | None = None
        self._process: ChainedProcess | None = None
        self._is_after = False
        self._deadline_s = 0.0
        self._timer = qt.QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_busy(self) -> bool:
        """Whether something is being done, or is being stopped."""
        return self.report.state in (WorkState.RUNNING, WorkState.STOPPING)

    @property
    def work(self) -> Work | None:
        """What is being done."""
        return self._work

    def start(self, work: Work) -> None:
        """Begin. Raises RuntimeError while something else is being done: the panel offers no way to do that."""
        if self.is_busy:
            raise RuntimeError(f"'{self.report.title}' is still running")
        self.report = WorkReport(WorkState.RUNNING, work.title, _("Starting"))
        self._work, self._process, self._is_after = work, None, False
        self._steps = work.before()
        self._timer.start()
        self._changed()

    def stop(self) -> None:
        """End what runs. Work that goes on later is asked to save itself first; stopped again, it is ended at once."""
        if not self.is_busy or self._work is None:
            return
        is_asked = self.report.state is WorkState.STOPPING
        if not is_asked and self._work.goes_on and self._process is not None and self._process.interrupt():
            self._deadline_s = time.monotonic() + GRACE_S
            self.report.state, self.report.stage = WorkState.STOPPING, _("Stopping after this step")
            self._changed()
            return
        self._end_as_stopped()

    def forget_outcome(self) -> None:
        """What came of the last work is no news any more; its log stays."""
        if not self.is_busy and self.report.message:
            self.report = WorkReport(log=self.report.log)

    def close(self) -> None:
        """End what runs and let go of the timer; nothing is reported any more."""
        self._changed = _nothing
        if self.is_busy:
            self._end_as_stopped()
        self._timer.stop()
        self._timer.timeout.disconnect(self._tick)

    def abandon(self) -> None:
        """End what runs, since the scene is being closed; what was said is forgotten."""
        if self.is_busy:
            self._end_as_stopped()
        self.report = WorkReport()

    def _tick(self) -> None:
        if not self.is_busy:
            return
        try:
            self._advance()
        except EndoDepthError as error:
            self._end(WorkState.FAILED, str(error))
        except Exception as error:
            self.report.log += traceback.format_exc().splitlines()
            text = _("A defect of EndoDepth: {error}. Please report it with the log.")
            self._end(WorkState.FAILED, text.format(error=error))
        else:
            self._changed()

    def _advance(self) -> None:
        assert self._work is not None
        if self._steps is not None:
            step = next(self._steps, None)
            if step is not None:
                self._say_progress(_("Reading and writing frames"), step.done, step.total, None)
                return
            self._steps = None
            if self._is_after:
                self._end(WorkState.DONE, self._work.done)
                return
        if self._process is None:
            self._process = ChainedProcess(self._start_process, self._work.commands)
        if self.report.state is WorkState.STOPPING and time.monotonic() > self._deadline_s:
            self._end_as_stopped()
            return
        for event in self._process.poll():
            self._hear(event)
            if not self.is_busy:
                return

    def _hear(self, event: JobEvent) -> None:
        assert self._work is not None
        if isinstance(event, Progress):
            if self.report.state is WorkState.RUNNING:
                self._say_progress(_stage_title(event.stage), event.done, event.total or 0, event.remaining_s)
        elif isinstance(event, Warned):
            self.report.warnings.append(event.text)
            self.report.log.append(_("Warning: {text}").format(text=event.text))
        elif isinstance(event, Logged):
            self.report.log += event.text.splitlines()
        elif isinstance(event, Answered):
            if self._work.answered is not None:
                self._work.answered(event.value)
        elif isinstance(event, Finished):
            self._steps, self._is_after = self._work.after(), True
            self.report.state = WorkState.RUNNING
        elif isinstance(event, Failed):
            if self.report.state is WorkState.STOPPING:
                self._end_as_stopped()
            else:
                self._end(WorkState.FAILED, event.message)

    def _end_as_stopped(self) -> None:
        goes_on = self._work is not None and self._work.goes_on
        text = _("Stopped. What is finished stays; Start goes on there.") if goes_on else _("Stopped.")
        self._end(WorkState.STOPPED, text)

    def _end(self, state: WorkState, message: str) -> None:
        self._timer.stop()
        if self._process is not None:
            self._process.kill()
        for folder in self._work.folders if self._work is not None else ():
            shutil.rmtree(folder, ignore_errors=True)
        self._work = self._process = self._steps = None
        report = self.report
        report.state, report.message, report.stage, report.done, report.total = state, message, "", 0, 0
        report.remaining_s = None
        self._changed()

    def _say_progress(self, stage: str, done: int, total: int, remaining_s: float | None) -> None:
        report = self.report
        report.stage, report.done, report.total, report.remaining_s = stage, done, total, remaining_s


def _nothing() -> None:
    return


def _stage_title(stage: str) -> str:
    titles = {
        "prepare": _("Preparing: reading files, loading the model"),
        "looking": _("Looking for frames that differ"),
        "writing": _("Writing frames"),
    }
    return titles.get(stage, stage)
