"""Data sets of the field: whether a folder holds one, and how good weights are on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.training_section import TrainingSection
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthWidgets.job.query import Query
from EndoDepthWidgets.panel.context import Tone, set_quietly, write
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at

REPORT_FILE = "report.html"


class DatasetsSection:
    """Checking and evaluating by the command line; what it prints stands in the log below."""

    def __init__(self, context: TrainingContext, training: TrainingSection) -> None:
        self._context = context
        self._training = training
        self._query = Query(context.start_process)
        self._known: dict[str, dict[str, Any]] | None = None
        self._report: Path | None = None
        ui = context.ui
        self.path = PathField(ui.datasetPathLineEdit, self._on_path)
        ui.datasetPathLineEdit.filters = ctk.ctkPathLineEdit.Dirs
        ui.datasetComboBox.currentIndexChanged.connect(self._on_dataset)
        ui.protocolComboBox.currentIndexChanged.connect(self._on_protocol)
        ui.checkButton.clicked.connect(self._on_check)
        ui.evaluateButton.clicked.connect(self._on_evaluate)

    @property
    def is_looking(self) -> bool:
        """Whether it is being asked which data sets there are."""
        return self._query.is_waiting

    def look_for_datasets(self) -> None:
        """Ask, in a child process, which data sets there are readers for."""
        if self._known is None and not self._query.is_waiting:
            self._query.ask(("dataset", "list", "--json"), self._on_known, self._on_unknown)

    def problem(self) -> str | None:
        """What keeps a data set from being checked, in one sentence."""
        parameters = self._context.parameters
        if parameters is None or not parameters.dataset:
            return _("Choose a data set.")
        if look_at(parameters.datasetPath) not in (Found.FOLDER, Found.EMPTY_FOLDER):
            return _("Choose the folder that the data set was unpacked in.")
        return None

    def refresh(self) -> None:
        """Show the data set, its protocols and what is known of it."""
        ui, parameters, is_busy = self._context.ui, self._context.parameters, self._context.runner.is_busy
        if parameters is None:
            return
        self.path.show(parameters.datasetPath)
        set_quietly(ui.datasetComboBox, "currentIndex", ui.datasetComboBox.findData(parameters.dataset))
        set_quietly(ui.protocolComboBox, "currentIndex", ui.protocolComboBox.findData(parameters.protocol))
        problem = self.problem()
        for button in (ui.checkButton, ui.evaluateButton):
            button.setEnabled(problem is None and not is_busy)
        known = (self._known or {}).get(parameters.dataset)
        text = "" if known is None else _("{truth}; licence: {licence}; get it: {url}").format(**known)
        write(ui.datasetNoteLabel, text or problem or "", Tone.HINT)
        if self._report is not None and self._report.is_file():
            uri = self._report.as_uri()
            write(ui.reportLabel, _('<a href="{uri}">Report with pictures</a>').format(uri=uri))
        else:
            write(ui.reportLabel, "")

    def close(self) -> None:
        """End a question that waits for its answer."""
        self._query.close()

    def _on_known(self, answer: dict[str, Any]) -> None:
        self._known = {str(each["name"]): each for each in answer["datasets"]}
        box = self._context.ui.datasetComboBox
        was_blocked = box.blockSignals(True)
        box.clear()
        for name, each in self._known.items():
            box.addItem(f"{name}: {each['title']}", name)
        box.blockSignals(was_blocked)
        self._fill_protocols()
        self._context.refresh()

    def _on_unknown(self, message: str) -> None:
        write(self._context.ui.datasetNoteLabel, message, Tone.WARNING)

    def _fill_protocols(self) -> None:
        parameters, box = self._context.parameters, self._context.ui.protocolComboBox
        known = (self._known or {}).get(parameters.dataset) if parameters is not None else None
        was_blocked = box.blockSignals(True)
        box.clear()
        for name in known["protocols"] if known is not None else ():
            box.addItem(name, name)
        box.blockSignals(was_blocked)

    def _on_dataset(self, *_index: Any) -> None:
        box, parameters = self._context.ui.datasetComboBox, self._context.parameters
        if parameters is not None:
            parameters.dataset = str(box.itemData(box.property("currentIndex")) or "")
            self._fill_protocols()
            box = self._context.ui.protocolComboBox
            parameters.protocol = str(box.itemData(0) or "")

    def _on_protocol(self, *_index: Any) -> None:
        box, parameters = self._context.ui.protocolComboBox, self._context.parameters
        if parameters is not None:
            parameters.protocol = str(box.itemData(box.property("currentIndex")) or "")

    def _on_path(self, text: str) -> None:
        if self._context.parameters is not None:
            self._context.parameters.datasetPath = text

    def _arguments(self) -> list[str]:
        parameters = self._context.parameters
        assert parameters is not None
        protocol = ["--protocol", parameters.protocol] if parameters.protocol else []
        return [parameters.dataset, parameters.datasetPath.strip(), *protocol]

    def _on_check(self, *_args: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the check.")):
            command = ["dataset", "check", *self._arguments()]
            self._begin(Work(_("Checking the data set"), [command], done=_("The data set is usable; see the log.")))

    def _on_evaluate(self, *_args: Any) -> None:
        parameters = self._context.parameters
        assert parameters is not None
        folder = self._output()
        if folder is None:
            return
        command = [
            "evaluate",
            "dataset",
            *self._arguments(),
            "--output",
            str(folder),
            "--device",
            parameters.device.value,
        ]
        if self._training.is_done and self._training.folder is not None:
            command += ["--weights", str(self._training.folder / "weights.safetensors")]
        self._report = folder / REPORT_FILE
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the evaluation.")):
            self._begin(Work(_("Evaluating"), [command], done=_("The figures are in the log, pictures in the report.")))

    def _output(self) -> Path | None:
        """A new folder for the report, chosen by the user; None when nothing was chosen."""
        start = str(self._training.folder or slicer.app.temporaryPath)
        chosen = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("New or empty folder for the report"), start
        )
        return Path(str(chosen)) if chosen else None

    def _begin(self, work: Work) -> None:
        if self._context.begin(work):
            self.path.remember()
            self._context.ui.logCollapsibleButton.setProperty("collapsed", False)
