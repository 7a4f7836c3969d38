"""Apply that turns into Cancel, what will compute, progress with remaining time, messages and the log."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from EndoDepthWidgets.job.job import JobState
from EndoDepthWidgets.job.query import Query
from EndoDepthWidgets.panel.choices import Device, InputKind, Scope
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, show_row, write
from EndoDepthWidgets.panel.jobs import shown_frame_index
from EndoDepthWidgets.panel.sizes import remaining_text


class RunSection:
    """Starting and watching the job.

    apply begins the job; problem says in one sentence what keeps it from beginning.
    """

    def __init__(self, context: PanelContext, apply: Callable[[], None], problem: Callable[[], str | None]) -> None:
        self._context = context
        self._apply = apply
        self._problem = problem
        self._query = Query(context.start_process)
        self._devices: dict[str, str] | None = None
        self._automatic = ""
        self._device_fault = ""
        self._written_lines = 0
        self._said: tuple[str, Tone] | None = None
        ui = context.ui
        ui.applyButton.clicked.connect(self._on_apply)
        ui.copyLogButton.clicked.connect(self._on_copy)

    def say(self, text: str, tone: Tone) -> None:
        """Show one message until the next job or the next change of the settings."""
        self._said = (text, tone)
        self.refresh()

    def forget(self) -> None:
        """Take the message away."""
        self._said = None

    def look_for_devices(self) -> None:
        """Ask, in a child process, what this computer computes with; torch is not loaded here."""
        if self._devices is None and self._context.has_packages and not self._query.is_waiting:
            self._query.ask(("devices",), self._on_devices, self._on_device_fault)

    def refresh(self) -> None:
        """Show where the job is."""
        ui, report = self._context.ui, self._context.controller.report
        is_busy = self._context.controller.is_busy
        problem = None if is_busy else self._problem()
        ui.applyButton.setText(_("Cancel") if is_busy else _("Apply"))
        ui.applyButton.setEnabled(report.state is not JobState.CANCELLING and problem is None)
        ui.applyButton.setToolTip(
            problem
            or (_("End the job; the scene is put back as it was") if is_busy else _("Find depth and structures"))
        )
        show_row(is_busy, ui.progressBar, ui.stageLabel)
        if is_busy:
            ui.progressBar.setMaximum(report.total)
            ui.progressBar.setValue(report.done)
            ui.stageLabel.setText(self._stage_text())
        self._write_scope()
        self._write_message(problem)
        self._write_log()
        self._write_device()

    def close(self) -> None:
        """End a question that waits for its answer."""
        self._query.close()

    def _write_scope(self) -> None:
        label, parameters = self._context.ui.scopeNoteLabel, self._context.parameters
        if parameters is None or parameters.scope is Scope.WHOLE or parameters.inputKind is InputKind.VOLUME:
            write(label, "")
        elif parameters.inputKind is InputKind.SEQUENCE:
            write(label, _("The frame that the sequence stands at when you press Apply."), Tone.HINT)
        else:
            index = shown_frame_index(parameters)
            if index is None:
                write(label, _("The first frame of the range; no case of this input is shown."), Tone.HINT)
            else:
                write(label, _("Frame {index}, the one that is shown.").format(index=index), Tone.HINT)

    def _stage_text(self) -> str:
        report = self._context.controller.report
        text = f"{report.title}: {report.stage}" if report.title else report.stage
        if report.total:
            text += _(", {done} of {total}").format(done=report.done, total=report.total)
        if report.remaining_s is not None:
            text += f", {remaining_text(report.remaining_s)}"
        return text

    def _write_message(self, problem: str | None) -> None:
        report = self._context.controller.report
        parts: list[tuple[str, Tone]] = []
        if self._said is not None:
            parts.append(self._said)
        elif self._context.controller.is_busy:
            parts += [(sentence(text), Tone.WARNING) for text in report.warnings]
        elif report.message:  # until the settings change
            tones = {JobState.FAILED: Tone.ERROR, JobState.DONE: Tone.GOOD}
            parts.append((sentence(report.message), tones.get(report.state, Tone.HINT)))
            if report.state is JobState.DONE:
                parts += [(sentence(text), Tone.WARNING) for text in report.warnings]
        elif problem is not None:
            parts.append((problem, Tone.HINT))
        lines = [f'<span style="color:{tone.value}">{html.escape(text)}</span>' for text, tone in parts]
        write(self._context.ui.messageLabel, "<br>".join(lines))

    def _write_log(self) -> None:
        log, edit = self._context.controller.report.log, self._context.ui.logTextEdit
        if len(log) < self._written_lines:
            edit.clear()
            self._written_lines = 0
        for line in log[self._written_lines :]:
            edit.appendPlainText(line)
        self._written_lines = len(log)
        self._context.ui.copyLogButton.setEnabled(bool(log))

    def _write_device(self) -> None:
        label, parameters = self._context.ui.deviceLabel, self._context.parameters
        if parameters is None or self._device_fault:
            write(label, self._device_fault, Tone.HINT)
            return
        if not self._context.has_packages:
            write(label, _("What computes here is known once the packages are installed; Apply asks."), Tone.HINT)
            return
        if self._devices is None:
            write(label, _("Looking for what computes here …"), Tone.HINT)
            return
        wanted = parameters.device.value
        used = self._automatic if parameters.device is Device.AUTO else wanted
        if used in self._devices:
            write(label, _("Runs on {name}").format(name=self._devices[used]), Tone.HINT)
        else:
            label_text = parameters.device.label()
            write(label, _("{device} is not there: choose Automatic.").format(device=label_text), Tone.WARNING)

    def _on_apply(self, *_args: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the job."), waitCursor=False):
            if self._context.controller.is_busy:
                self._context.controller.cancel()
            else:
                self.forget()
                self._apply()

    def _on_copy(self, *_args: Any) -> None:
        slicer.app.clipboard().setText("\n".join(self._context.controller.report.log))

    def _on_devices(self, answer: dict[str, Any]) -> None:
        self._automatic = str(answer["auto"])
        self._devices = {str(device["id"]): str(device["name"]) for device in answer["devices"]}
        self._device_fault = ""
        self.refresh()

    def _on_device_fault(self, message: str) -> None:
        self._device_fault = message
        self.refresh()
