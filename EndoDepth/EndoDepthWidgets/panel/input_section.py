"""What is read, which of its frames, and how large that becomes: said before anything is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError, SettingsError
from EndoDepthLib.video.position import parse_position
from EndoDepthScene.dicom import EndoscopyDicom
from EndoDepthWidgets.job.query import Query
from EndoDepthWidgets.panel.choices import InputKind, Scope
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, show_row, write
from EndoDepthWidgets.panel.jobs import kept_positions
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at
from EndoDepthWidgets.panel.sizes import duration_text, size_text

_TYPING_PAUSE_MS = 300


class InputSection:
    """The input and the range of its frames."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._query = Query(context.start_process, _TYPING_PAUSE_MS)
        self._asked: tuple[str, ...] = ()
        self._fault: str | None = None
        self._answer: dict[str, Any] | None = None
        ui = context.ui
        self.path = PathField(ui.inputPathLineEdit, self._on_path)

    @property
    def is_looking(self) -> bool:
        """Whether a question about the input waits for its answer."""
        return self._query.is_waiting

    @property
    def fault(self) -> str | None:
        """What is wrong with the chosen file or range, as far as it was looked at; None = nothing known."""
        return self._fault

    def problem(self) -> str | None:
        """What keeps the input from being used, in one sentence."""
        parameters = self._context.parameters
        if parameters is None:
            return _("The scene is being closed.")
        kind = parameters.inputKind
        if kind is InputKind.SEQUENCE:
            return (
                _sequence_problem(parameters.inputSequence)
                or _range_problem(parameters.start, parameters.stop)
                or self._excess()
            )
        if kind is InputKind.VOLUME:
            return None if parameters.inputVolume is not None else _("Choose a volume that holds a picture.")
        if not parameters.inputPath.strip():
            return {
                InputKind.VIDEO: _("Choose a video file (mp4, mov, avi, mkv)."),
                InputKind.FOLDER: _("Choose a folder of images."),
                InputKind.DICOM: _("Choose an endoscopy DICOM file."),
            }[kind]
        found = look_at(parameters.inputPath)
        if found is Found.NOT_ALLOWED:
            return _("'{path}' may not be read; choose another input.").format(path=parameters.inputPath)
        if found is Found.NOTHING:
            return _("'{path}' does not exist; choose another input.").format(path=parameters.inputPath)
        return _range_problem(parameters.start, parameters.stop) or self._fault or self._excess()

    def refresh(self) -> None:
        """Show the fields of this kind of input; ask anew how large it is when it changed."""
        ui, parameters = self._context.ui, self._context.parameters
        if parameters is None:
            return
        kind = parameters.inputKind
        show_row(kind.is_on_disk, ui.inputPathLabel, ui.inputPathLineEdit)
        show_row(kind is InputKind.SEQUENCE, ui.inputSequenceLabel, ui.inputSequenceSelector)
        show_row(kind is InputKind.VOLUME, ui.inputVolumeLabel, ui.inputVolumeSelector)
        has_range = kind is not InputKind.VOLUME
        show_row(has_range, ui.rangeLabel, ui.startLineEdit, ui.rangeToLabel, ui.stopLineEdit, ui.everySpinBox)
        show_row(kind.is_on_disk, ui.importButton)
        ui.inputPathLabel.setText(_("Folder:") if kind is InputKind.FOLDER else _("File:"))
        self.path.show(parameters.inputPath)
        path_class = ctk.ctkPathLineEdit
        wanted = path_class.Dirs if kind is InputKind.FOLDER else path_class.Files | path_class.Readable
        ui.inputPathLineEdit.filters = wanted
        ui.importButton.setEnabled(self.problem() is None and not self._context.controller.is_busy)
        self._look()

    def close(self) -> None:
        """End a question that waits for its answer."""
        self._forget()
        self._query.close()

    def reading_arguments(self) -> list[str]:
        """Range and step as the command line takes them."""
        parameters = self._context.parameters
        assert parameters is not None
        arguments = ["--every", str(parameters.every)]
        for flag, text in (("--start", parameters.start), ("--stop", parameters.stop)):
            if text.strip():
                arguments += [flag, text.strip()]
        return arguments

    @property
    def first_index(self) -> int | None:
        """The number of the first frame of the range, None while it is not known."""
        return int(self._answer["first_index"]) if self._answer is not None else None

    def _excess(self) -> str | None:
        parameters = self._context.parameters
        if parameters is None or parameters.scope is Scope.CURRENT:
            return None
        if parameters.inputKind is InputKind.SEQUENCE:
            try:
                frames = len(kept_positions(parameters.inputSequence, parameters))
            except EndoDepthError as error:
                return sentence(error)
        elif self._answer is None:
            return None
        else:
            frames = int(self._answer["frames"])
        most = parameters.mostFrames
        if frames <= most:
            return None
        text = _(
            "{frames} frames would be kept, more than {most}: keep every {fitting}, shorten the range, or allow more "
            "frames under Outputs."
        )
        return text.format(frames=frames, most=most, fitting=parameters.every * -(-frames // most))

    def _look(self) -> None:
        parameters = self._context.parameters
        assert parameters is not None
        kind = parameters.inputKind
        if not kind.is_on_disk:
            self._forget()
            write(self._context.ui.estimateLabel, self._estimate_of_nodes(), Tone.HINT)
            return
        path = parameters.inputPath.strip()
        wrong = _range_problem(parameters.start, parameters.stop)
        is_there = bool(path) and look_at(path) not in (Found.NOTHING, Found.NOT_ALLOWED)
        if not is_there or wrong:
            self._forget()
            write(self._context.ui.estimateLabel, wrong or "", Tone.ERROR)
            return
        if kind is InputKind.DICOM:
            self._look_at_dicom(path)
            return
        if not self._context.has_packages:
            self._forget()
            text = _("The size is known once the packages that reading needs are installed; Apply and Import ask.")
            write(self._context.ui.estimateLabel, text, Tone.HINT)
            return
        question = ("inspect", path, *self.reading_arguments())
        if question != self._asked:
            self._forget()
            self._asked = question
            write(self._context.ui.estimateLabel, _("Looking at the input …"), Tone.HINT)
            self._query.ask(question, self._on_answer, self._on_failure)

    def _look_at_dicom(self, path: str) -> None:
        question = ("dicom", path)
        if question == self._asked:
            return
        self._forget()
        self._asked = question
        try:
            dicom = EndoscopyDicom.open(Path(path))
        except EndoDepthError as error:
            self._fault = sentence(error)
            write(self._context.ui.estimateLabel, self._fault, Tone.ERROR)
            return
        text = _("{frames} frames of {width} × {height} pixels, {patient}").format(
            frames=dicom.n_frames, width=dicom.columns, height=dicom.rows, patient=dicom.names.patient
        )
        write(self._context.ui.estimateLabel, text, Tone.HINT)

    def _forget(self) -> None:
        self._query.drop()
        self._asked, self._fault, self._answer, self._context.input_size = (), None, None, None

    def _estimate_of_nodes(self) -> str:
        parameters = self._context.parameters
        assert parameters is not None
        if parameters.inputKind is InputKind.SEQUENCE and parameters.inputSequence is not None:
            count = parameters.inputSequence.GetNumberOfDataNodes()
            return _("{count} frames in the scene").format(count=count)
        return ""

    def _on_path(self, text: str) -> None:
        if self._context.parameters is not None:
            self._context.parameters.inputPath = text

    def _on_answer(self, answer: dict[str, Any]) -> None:
        self._answer = answer
        self._context.input_size = int(answer["width"]), int(answer["height"])
        rate = answer.get("frame_rate")
        head = _("{width} × {height} pixels").format(width=answer["width"], height=answer["height"])
        if rate:
            head += _(", {rate:.4g} frames/s, {duration}").format(
                rate=rate, duration=duration_text(float(answer["duration_s"]))
            )
        kept = _(
            "{frames} frames are kept: about {pictures} of memory as pictures, {memory} with depth and surfaces, "
            "{disk} on disk while computing"
        ).format(
            frames=answer["frames"],
            pictures=size_text(int(answer["frames_memory_bytes"])),
            memory=size_text(int(answer["scene_memory_bytes"])),
            disk=size_text(int(answer["results_bytes"])),
        )
        write(self._context.ui.estimateLabel, f"{head}. {kept}.", Tone.HINT)
        self._context.refresh()

    def _on_failure(self, message: str) -> None:
        self._fault = sentence(message)
        write(self._context.ui.estimateLabel, self._fault, Tone.ERROR)
        self._context.refresh()


def _sequence_problem(node: Any) -> str | None:
    if node is None:
        return _("Choose a sequence of frames that is in the scene.")
    if node.GetNumberOfDataNodes() == 0:
        return _("Sequence '{name}' is empty; choose another one.").format(name=node.GetName())
    if not node.GetNthDataNode(0).IsA("vtkMRMLVolumeNode"):
        return _("Sequence '{name}' holds no pictures; choose a sequence of volumes.").format(name=node.GetName())
    return None


def _range_problem(start: str, stop: str) -> str | None:
    try:
        for text in (start, stop):
            if text.strip():
                parse_position(text)
    except SettingsError as error:
        return sentence(error)
    return None
