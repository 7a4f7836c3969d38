"""Starting, watching, stopping and continuing a training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ctk
import slicer
from slicer.i18n import tr as _

from EndoDepthLib.results.atomic import write_error
from EndoDepthTrainingWidgets.annotation.frame_set import save_steps
from EndoDepthTrainingWidgets.panel.choices import Stage
from EndoDepthTrainingWidgets.panel.commands import is_begun, training_command, weights_of
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.labels_section import LabelsSection
from EndoDepthTrainingWidgets.panel.views import PictureView, show_chart, show_training
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthTrainingWidgets.watching.run_watch import RunWatch
from EndoDepthWidgets.job.job import Step
from EndoDepthWidgets.panel.context import Tone, show_row, write
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at


class TrainingSection:
    """What is trained, from what, how long, and where to; curves and picture sheets while it runs."""

    def __init__(self, context: TrainingContext, labels: LabelsSection) -> None:
        self._context = context
        self._labels = labels
        self.watch = RunWatch(context.scene, self._on_grown)
        self.picture = PictureView(context.scene)
        ui = context.ui
        self.video = PathField(ui.videoPathLineEdit, lambda text: self._store("videoPath", text))
        self.start = PathField(ui.startPathLineEdit, lambda text: self._store("startPath", text))
        self.run = PathField(ui.runPathLineEdit, lambda text: self._store("runPath", text))
        ui.runPathLineEdit.filters = ctk.ctkPathLineEdit.Dirs
        ui.trainButton.clicked.connect(self._on_train)
        ui.showCurvesButton.clicked.connect(self._on_show)

    @property
    def folder(self) -> Path | None:
        """The run folder, None while none is chosen."""
        parameters = self._context.parameters
        text = parameters.runPath.strip() if parameters is not None else ""
        return Path(text) if text else None

    def problem(self) -> str | None:
        """What keeps the training from beginning, in one sentence."""
        parameters = self._context.parameters
        if parameters is None:
            return _("There is no scene.")
        if parameters.stage is Stage.SEGMENTATION:
            if self._context.folder is None:
                return _("Choose a training folder: frames and labels are kept there.")
            problem = self._labels.problem()
            if problem is not None:
                return problem
        else:
            if not parameters.videoPath.strip():
                return _("Choose a video (or a folder of videos) to learn from.")
            if look_at(parameters.videoPath) in (Found.NOTHING, Found.NOT_ALLOWED):
                return _("'{path}' does not exist; choose another video.").format(path=parameters.videoPath)
        start = parameters.startPath.strip()
        if start and look_at(start) is not Found.FILE:
            return _("Weights '{path}' do not exist; choose another file, or none.").format(path=start)
        if self.folder is None:
            return _("Choose a run folder: weights, curves and pictures go there.")
        if look_at(parameters.runPath) is Found.FILE:
            return _("Run folder '{path}' is a file; choose a folder.").format(path=parameters.runPath)
        return None

    def refresh(self) -> None:
        """Show the fields of this stage, and whether the training begins or goes on."""
        ui, parameters, is_busy = self._context.ui, self._context.parameters, self._context.runner.is_busy
        if parameters is None:
            return
        stage = parameters.stage
        show_row(stage.needs_video, ui.videoPathLabel, ui.videoPathLineEdit)
        show_row(stage.has_minutes, ui.minutesLabel, ui.minutesSpinBox)
        for field, value in (
            (self.video, parameters.videoPath),
            (self.start, parameters.startPath),
            (self.run, parameters.runPath),
        ):
            field.show(value)
        problem = self.problem()
        folder = self.folder
        has_run = folder is not None and is_begun(folder)
        ui.trainButton.setText(_("Go on") if has_run and not self.is_done else _("Start"))
        ui.trainButton.setEnabled(problem is None and not is_busy and not self.is_done)
        ui.trainButton.setToolTip(problem or _("Train in a child process; Slicer stays usable"))
        ui.showCurvesButton.setEnabled(has_run)
        write(ui.trainingNoteLabel, problem or self._note(has_run), Tone.HINT)

    @property
    def is_done(self) -> bool:
        """Whether the run folder holds finished weights."""
        return self.folder is not None and weights_of(self.folder).is_file()

    def end_watching(self) -> None:
        """The training has ended: look once more at what it left."""
        self.watch.end()

    def close(self) -> None:
        """Watch no longer; the scene is being closed, or the panel."""
        self.watch.forget()
        self.picture.node = None

    def _note(self, has_run: bool) -> str:
        if self.is_done:
            return _("This run is done. Compare and use it below, or choose another run folder to train again.")
        if has_run:
            return _("This run was begun and goes on where it was stopped.")
        return ""

    def _store(self, name: str, text: str) -> None:
        if self._context.parameters is not None:
            setattr(self._context.parameters, name, text)

    def _before(self) -> Iterator[Step]:
        """Labels as they are drawn now are what is learned."""
        frames, folder, parameters = self._context.frames, self._context.folder, self._context.parameters
        run = self.folder
        if run is not None:
            try:
                run.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise write_error(run, error) from error
        if (
            parameters is not None
            and parameters.stage is Stage.SEGMENTATION
            and frames is not None
            and folder is not None
        ):
            yield from save_steps(folder, frames)

    def _on_train(self, *_args: Any) -> None:
        parameters, folder = self._context.parameters, self.folder
        if parameters is None or folder is None:
            return
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the training.")):
            work = Work(
                _("Training"),
                [training_command(parameters)],
                before=self._before,
                goes_on=True,
                done=_("The training is done. Compare the result with the shipped weights, or use it."),
            )
            if self._context.begin(work):
                for field in (self.video, self.start, self.run):
                    field.remember()
                self.watch.clear()
                self._on_show()

    def _on_show(self, *_args: Any) -> None:
        folder = self.folder
        if folder is None:
            return
        show_training()
        self.watch.begin(folder)
        if not self._context.runner.is_busy:
            self.watch.end()
        self._on_grown()

    def _on_grown(self) -> None:
        show_chart(0, self.watch.losses)
        show_chart(1, self.watch.figures)
        if self.watch.sheet is not None and self.watch.sheet_file is not None:
            self.picture.show(self.watch.sheet, f"{_('Sheet of step')} {self.watch.sheet_file.stem.lstrip('0') or '0'}")
