"""Where frames come from, how many, and the training folder that they and their labels lie in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ctk
import slicer
from slicer.i18n import tr as _

from EndoDepthTrainingWidgets.annotation.frame_set import FrameSet, left_out_of, load_steps
from EndoDepthTrainingWidgets.panel.choices import SourceKind
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.views import show_frames
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthWidgets.job.job import Step
from EndoDepthWidgets.panel.context import Tone, show_row, write
from EndoDepthWidgets.panel.jobs import export_steps
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at


class FramesSection:
    """Picks frames from a recording into the training folder, and loads that folder into the scene."""

    def __init__(self, context: TrainingContext) -> None:
        self._context = context
        ui = context.ui
        self.source = PathField(ui.sourcePathLineEdit, lambda text: self._store("sourcePath", text))
        self.folder = PathField(ui.folderPathLineEdit, lambda text: self._store("folderPath", text))
        ui.folderPathLineEdit.filters = ctk.ctkPathLineEdit.Dirs
        ui.pickButton.clicked.connect(self._on_pick)
        ui.loadButton.clicked.connect(self._on_load)

    def problem(self) -> str | None:
        """What keeps frames from being picked, in one sentence."""
        parameters = self._context.parameters
        if parameters is None:
            return _("There is no scene.")
        if parameters.sourceKind is SourceKind.SEQUENCE:
            sequence = parameters.sourceSequence
            if sequence is None or sequence.GetNumberOfDataNodes() == 0:
                return _("Choose a sequence of frames that is in the scene.")
        elif not parameters.sourcePath.strip():
            return _("Choose a recording to pick frames from.")
        elif look_at(parameters.sourcePath) in (Found.NOTHING, Found.NOT_ALLOWED):
            return _("'{path}' does not exist; choose another recording.").format(path=parameters.sourcePath)
        return self.folder_problem()

    def folder_problem(self) -> str | None:
        """What keeps the training folder from being used, in one sentence."""
        parameters = self._context.parameters
        text = parameters.folderPath.strip() if parameters is not None else ""
        if not text:
            return _("Choose a training folder: frames and labels are kept there.")
        if look_at(text) is Found.FILE:
            return _("Training folder '{path}' is a file; choose a folder.").format(path=text)
        return None

    def refresh(self) -> None:
        """Show the fields of this kind of source."""
        ui, parameters, is_busy = self._context.ui, self._context.parameters, self._context.runner.is_busy
        if parameters is None:
            return
        kind = parameters.sourceKind
        show_row(kind is not SourceKind.SEQUENCE, ui.sourcePathLabel, ui.sourcePathLineEdit)
        show_row(kind is SourceKind.SEQUENCE, ui.sourceSequenceLabel, ui.sourceSequenceSelector)
        path_class = ctk.ctkPathLineEdit
        is_folder = kind is SourceKind.FOLDER
        ui.sourcePathLabel.setText(_("Folder:") if is_folder else _("File:"))
        ui.sourcePathLineEdit.filters = path_class.Dirs if is_folder else path_class.Files | path_class.Readable
        self.source.show(parameters.sourcePath)
        self.folder.show(parameters.folderPath)
        problem = self.problem()
        ui.pickButton.setEnabled(problem is None and not is_busy)
        ui.pickButton.setToolTip(problem or _("Find frames that differ from each other, and put them into the folder"))
        ui.loadButton.setEnabled(self._has_frames() and not is_busy)
        write(ui.framesNoteLabel, problem or self._note(), Tone.HINT)

    def close(self) -> None:
        """Nothing is held."""

    def load_steps(self) -> Iterator[Step]:
        """Load the training folder into the scene in place of what was loaded, and show it."""
        parameters, folder = self._context.parameters, self._context.folder
        assert parameters is not None and folder is not None
        loaded: list[FrameSet] = []
        yield from load_steps(self._context.scene, folder, folder.folder.name or "frames", loaded)
        before = self._context.frames
        parameters.frames = loaded[0].volume
        if before is not None:
            before.remove()
        show_frames(loaded[0].volume, 0)
        left_out = left_out_of(folder, loaded[0])
        if left_out:
            text = _("{count} frames of another size are left out here: give them a folder of their own.")
            self._context.said = (text.format(count=left_out), Tone.WARNING)

    def _note(self) -> str:
        folder = self._context.folder
        names = folder.names() if folder is not None else []
        return _("{count} frames are in the folder.").format(count=len(names)) if names else ""

    def _has_frames(self) -> bool:
        folder = self._context.folder
        return folder is not None and bool(folder.names())

    def _store(self, name: str, text: str) -> None:
        if self._context.parameters is not None:
            setattr(self._context.parameters, name, text)

    def _on_pick(self, *_args: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start to pick frames.")):
            if self._context.begin(self._picking()):
                self.source.remember()
                self.folder.remember()

    def _on_load(self, *_args: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not load the frames.")):
            work = Work(_("Loading frames"), after=self.load_steps, done=_("The frames are loaded."))
            self._context.begin(work)

    def _picking(self) -> Work:
        parameters = self._context.parameters
        assert parameters is not None
        count = ("--frames", str(parameters.frameCount))
        title, done = _("Picking frames"), _("The frames are picked. Mark structures in them next.")
        output = ("--output", parameters.folderPath.strip())
        if parameters.sourceKind is not SourceKind.SEQUENCE:
            command = ("labels", "pick", parameters.sourcePath.strip(), *output, *count)
            return Work(title, [command], after=self.load_steps, done=done)
        sequence = parameters.sourceSequence
        temporary = Path(tempfile.mkdtemp(prefix="endodepth-job-", dir=slicer.app.temporaryPath))
        try:
            pictures = temporary / _file_name(sequence.GetName())
            places = range(sequence.GetNumberOfDataNodes())
            return Work(
                title,
                [("labels", "pick", str(pictures), *output, *count)],
                before=lambda: export_steps(sequence, pictures, places),
                after=self.load_steps,
                done=done,
                folders=(temporary,),
            )
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def _file_name(name: str) -> str:
    """What a sequence is called, as the name of a folder: the frames picked from it are named after it."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name) or "sequence"
