"""Runs one job at a time beside the event loop: a timer polls the child and makes the nodes of one frame a tick."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthScene.snapshot import SceneSnapshot
from EndoDepthWidgets.job.job import FrameReceiver, Job, JobReport, JobState, Step
from EndoDepthWidgets.process.protocol import (
    Failed,
    Finished,
    FrameReady,
    JobEvent,
    JobProcess,
    Logged,
    Progress,
    Warned,
)

TICK_MS = 20
_BUDGET_S = 0.02
"""How long the steps of one tick may take together; a step that was begun is ended."""


class JobController:
    """idle -> running -> done or failed; running -> cancelling -> idle.

    A job that fails or is cancelled leaves the scene as it found it, no child process, and no temporary folder.
    `changed` is called after everything that happens; read `report`.
    """

    def __init__(
        self, scene: Any, start_process: Callable[[Sequence[str]], JobProcess], changed: Callable[[], None]
    ) -> None:
        self.report = JobReport()
        self._scene = scene
        self._start_process = start_process
        self._changed = changed
        self._job: Job | None = None
        self._steps: Iterator[Step] | None = None
        self._process: JobProcess | None = None
        self._receiver: FrameReceiver | None = None
        self._snapshot: SceneSnapshot | None = None
        self._building: Iterator[None] | None = None
        self._ready = self._added = 0
        self._is_computed = self._is_finishing = False
        self._timer = qt.QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or is being cancelled."""
        return self.report.state in (JobState.RUNNING, JobState.CANCELLING)

    def start(self, job: Job) -> None:
        """Begin a job. Raises RuntimeError while another one runs: the panel offers no way to do that."""
        if self.is_busy:
            raise RuntimeError(f"'{self.report.title}' is still running")
        self.report = JobReport(JobState.RUNNING, job.title, _("Starting"))
        self._job = job
        self._snapshot = SceneSnapshot.take(self._scene)
        self._ready = self._added = 0
        self._is_computed = self._is_finishing = False
        self._steps = None if job.before is None else job.before()
        self._timer.start()
        self._changed()

    def cancel(self) -> None:
        """End the running job, its child processes with it, and put the scene back as it was."""
        if self.report.state is not JobState.RUNNING:
            return
        self._say_state(JobState.CANCELLING, _("Cancelling"))
        self._stop(restore=True)
        self.report.message = _("Cancelled; the scene is as it was before.")
        self._say_state(JobState.IDLE, "")

    def forget_outcome(self) -> None:
        """What the last job came to is no news any more; its log stays."""
        if not self.is_busy and self.report.message:
            self.report = JobReport(log=self.report.log)

    def abandon(self) -> None:
        """End the running job without touching the scene, which is being closed; what was said of jobs is forgotten."""
        was_busy = self.is_busy
        if was_busy:
            self._stop(restore=False)
        self.report = JobReport(message=_("Cancelled, because the scene was closed.") if was_busy else "")
        self._changed()

    def close(self) -> None:
        """Cancel what runs and let go of the timer; nothing is reported any more."""
        self._changed = _nothing
        self.cancel()
        self._timer.stop()
        self._timer.timeout.disconnect(self._tick)

    def _tick(self) -> None:
        if self.report.state is not JobState.RUNNING:
            return
        try:
            self._advance()
        except EndoDepthError as error:
            self._fail(str(error))
        except Exception as error:
            self.report.log += traceback.format_exc().splitlines()
            self._fail(_("A defect of EndoDepth: {error}. Please report it with the log.").format(error=error))
        else:
            self._changed()

    def _advance(self) -> None:
        assert self._job is not None
        if self._steps is not None:
            step = next(self._steps, None)
            if step is not None:
                self._say_progress(_("Writing frames for the job"), step.done, step.total, None)
                return
            self._steps = None
        if self._process is None:
            self._process = self._start_process(self._job.arguments)
        if not self._is_computed:
            for event in self._process.poll():
                self._hear(event)
                if self.report.state is not JobState.RUNNING:
                    return
        end_s = time.monotonic() + _BUDGET_S
        while self._build() and time.monotonic() < end_s:
            pass

    def _build(self) -> bool:
        """Do one step of making nodes; False when there is none to do now."""
        assert self._job is not None and self._snapshot is not None
        if self._building is not None:
            try:
                with self._snapshot.recording():
                    next(self._building)
                return True
            except StopIteration:
                self._building = None
            if self._is_finishing:
                self._finish()
                return False
            self._added += 1
            if self._is_computed:
                self._say_progress(_("Building the scene"), self._added, self._ready, None)
            return True
        if self._added < self._ready:
            if self._receiver is None:
                with self._snapshot.recording():
                    self._receiver = self._job.open_receiver()
            self._building = self._receiver.steps(self._added)
            return True
        if self._is_computed:
            if self._receiver is None:
                self._fail(_("The job ended without a single frame; see its log."))
                return False
            self._building, self._is_finishing = self._receiver.finish_steps(), True
            return True
        return False

    def _hear(self, event: JobEvent) -> None:
        if isinstance(event, Progress):
            self._say_progress(_stage_title(event.stage), event.done, event.total or 0, event.remaining_s)
        elif isinstance(event, FrameReady):
            self._ready = max(self._ready, event.position + 1)
        elif isinstance(event, Warned):
            self.report.warnings.append(event.text)
            self.report.log.append(_("Warning: {text}").format(text=event.text))
        elif isinstance(event, Logged):
            self.report.log += event.text.splitlines()
        elif isinstance(event, Finished):
            self._is_computed = True
        elif isinstance(event, Failed):
            self._fail(event.message)

    def _finish(self) -> None:
        assert self._job is not None and self._receiver is not None
        result, replaced = self._receiver.result, self._job.replaced
        self._stop(restore=False)
        if replaced is not None:
            try:
                replaced()
            except Exception:  # the result is there all the same
                self.report.log += traceback.format_exc().splitlines()
                self.report.warnings.append(_("the case to be replaced could not be removed; remove it by hand"))
        self.report.result = result
        self.report.message = (
            _("Done: 1 frame.") if self._added == 1 else _("Done: {count} frames.").format(count=self._added)
        )
        self._say_state(JobState.DONE, "")

    def _fail(self, message: str) -> None:
        self._stop(restore=True)
        self.report.message = message
        self._say_state(JobState.FAILED, "")

    def _stop(self, restore: bool) -> None:
        """Stop the timer and the child, forget the job, remove its folders."""
        self._timer.stop()
        if self._process is not None:
            self._process.kill()
        if restore and self._snapshot is not None:
            self._snapshot.restore()
        for folder in self._job.folders if self._job is not None else ():
            shutil.rmtree(folder, ignore_errors=True)
        self._job = self._steps = self._process = self._receiver = self._building = self._snapshot = None

    def _say_state(self, state: JobState, stage: str) -> None:
        self.report.state, self.report.stage = state, stage
        self.report.done = self.report.total = 0
        self.report.remaining_s = None
        self._changed()

    def _say_progress(self, stage: str, done: int, total: int, remaining_s: float | None) -> None:
        report = self.report
        report.stage, report.done, report.total, report.remaining_s = stage, done, total, remaining_s


def _nothing() -> None:
    return


def _stage_title(stage: str) -> str:
    titles = {
        "prepare": _("Preparing: reading the video, loading the model"),
        "frames": _("Finding depth and structures"),
    }
    return titles.get(stage, stage)
