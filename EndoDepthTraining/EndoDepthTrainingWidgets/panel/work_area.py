"""Below all sections: how far the work is, a button that stops it, one message, and the log."""

from __future__ import annotations

import html
from typing import Any

import slicer
from slicer.i18n import tr as _

from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.running.work import WorkState
from EndoDepthWidgets.panel.context import Tone, sentence, show_row, write
from EndoDepthWidgets.panel.sizes import remaining_text


class WorkArea:
    """Progress with remaining time, messages and the log."""

    def __init__(self, context: TrainingContext) -> None:
        self._context = context
        self._written_lines = 0
        ui = context.ui
        ui.stopButton.clicked.connect(self._on_stop)
        ui.copyLogButton.clicked.connect(self._on_copy)

    def refresh(self) -> None:
        """Show where the work is."""
        ui, runner = self._context.ui, self._context.runner
        report = runner.report
        show_row(runner.is_busy, ui.progressBar, ui.stageLabel, ui.stopButton)
        if runner.is_busy:
            ui.progressBar.setMaximum(report.total)
            ui.progressBar.setValue(report.done)
            ui.stageLabel.setText(self._stage_text())
            ui.stopButton.setText(_("Stop now") if report.state is WorkState.STOPPING else _("Stop"))
        self._write_message()
        self._write_log()

    def close(self) -> None:
        """Nothing is held."""

    def _stage_text(self) -> str:
        report = self._context.runner.report
        text = f"{report.title}: {report.stage}"
        if report.total:
            text += _(", {done} of {total}").format(done=report.done, total=report.total)
        if report.remaining_s is not None:
            text += f", {remaining_text(report.remaining_s)}"
        return text

    def _write_message(self) -> None:
        report = self._context.runner.report
        parts: list[tuple[str, Tone]] = []
        if self._context.said is not None:
            parts.append(self._context.said)
        if report.message:
            tones = {WorkState.FAILED: Tone.ERROR, WorkState.DONE: Tone.GOOD}
            parts.append((sentence(report.message), tones.get(report.state, Tone.HINT)))
        if report.state is not WorkState.FAILED:
            parts += [(sentence(text), Tone.WARNING) for text in report.warnings]
        lines = [f'<span style="color:{tone.value}">{html.escape(text)}</span>' for text, tone in parts]
        write(self._context.ui.messageLabel, "<br>".join(lines))

    def _write_log(self) -> None:
        log, edit = self._context.runner.report.log, self._context.ui.logTextEdit
        if len(log) < self._written_lines:
            edit.clear()
            self._written_lines = 0
        for line in log[self._written_lines :]:
            edit.appendPlainText(line)
        self._written_lines = len(log)
        self._context.ui.copyLogButton.setEnabled(bool(log))

    def _on_stop(self, *_args: Any) -> None:
        self._context.runner.stop()

    def _on_copy(self, *_args: Any) -> None:
        slicer.app.clipboard().setText("\n".join(self._context.runner.report.log))
