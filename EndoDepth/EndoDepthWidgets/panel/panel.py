"""The panel of the EndoDepth module: its sections, the settings they show, and what Apply and Import do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthScene.kinds import FRAMES_BROWSER, KIND
from EndoDepthWidgets.dependencies import missing_needs
from EndoDepthWidgets.job.job import Job, JobState
from EndoDepthWidgets.panel.camera_section import CameraSection
from EndoDepthWidgets.panel.choices import InputKind
from EndoDepthWidgets.panel.context import PanelContext, Section, Tone, sentence
from EndoDepthWidgets.panel.ct_view_section import CTViewSection
from EndoDepthWidgets.panel.display_section import DisplaySection
from EndoDepthWidgets.panel.input_section import InputSection
from EndoDepthWidgets.panel.jobs import INPUT, camera_arguments, import_job, input_mark, reconstruction_job
from EndoDepthWidgets.panel.live_section import LiveSection
from EndoDepthWidgets.panel.measure_section import MeasureSection
from EndoDepthWidgets.panel.model_section import ModelSection
from EndoDepthWidgets.panel.outputs_section import OutputsSection
from EndoDepthWidgets.panel.parameter_node import EndoDepthParameterNode
from EndoDepthWidgets.panel.registration_section import RegistrationSection
from EndoDepthWidgets.panel.run_section import RunSection
from EndoDepthWidgets.panel.structures_section import StructuresSection
from EndoDepthWidgets.panel.views import register_layout, show_case_in_views, show_frames_in_views
from EndoDepthWidgets.process.protocol import JobProcess

DECODING_PACKAGES = ("av", "opencv-python-headless")
"""What reading a video needs of the packages that Slicer lacks."""


class Panel:
    """All sections together.

    ui: the widgets of EndoDepth.ui by name. start_process: starts the command line with these arguments.
    is_ready: makes sure that what a job needs is installed, asking the user; False when it is not. `only` names the
    packages that are needed, None for all.
    """

    def __init__(
        self,
        ui: Any,
        scene: Any,
        start_process: Callable[[Sequence[str]], JobProcess],
        is_ready: Callable[..., bool],
    ) -> None:
        self.context = PanelContext(ui, scene, start_process)
        self._is_ready = is_ready
        self._parameter_tag: int | None = None
        self._gui_tag: Any = None
        self._state = JobState.IDLE
        self._is_refreshing = self._is_showing = False
        self.input = InputSection(self.context)
        self.camera = CameraSection(self.context)
        self.model = ModelSection(self.context)
        self.structures = StructuresSection(self.context)
        self.outputs = OutputsSection(self.context)
        self.run = RunSection(self.context, self.apply, self.problem)
        self.display = DisplaySection(self.context)
        self.measure = MeasureSection(self.context)
        self.ct_view = CTViewSection(self.context)
        self.registration = RegistrationSection(self.context, self.ct_view.refresh)
        self.live = LiveSection(self.context, self._live_arguments, is_ready)
        self.context.refresh = self.refresh
        self.context.job_changed = self._on_job
        ui.importButton.clicked.connect(self._on_import)
        register_layout()

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections, from the top."""
        return (
            self.input,
            self.camera,
            self.model,
            self.structures,
            self.outputs,
            self.run,
            self.display,
            self.measure,
            self.registration,
            self.ct_view,
            self.live,
        )

    def use(self, node: Any) -> None:
        """Show the settings kept in this node and keep them up to date; None while there is no scene to keep them."""
        old = self.context.parameters
        if old is not None and old.parameterNode is node:
            self.refresh()
            return
        if old is not None:
            old.disconnectGui(self._gui_tag)
            old.RemoveObserver(self._parameter_tag)
        if node is None:
            self.context.parameters = None
            for section in self.sections:
                section.close()
            return
        # The wrapper observes the node for good. Once nobody in Python knew the node, the garbage collector would take
        # the wrapper's functions apart, and the node, which lives on in the scene, would call what is left of them.
        slicer.modules.EndoDepthParameterNode = node
        parameters = self.context.parameters = EndoDepthParameterNode(node)
        # Not connectGui: in some versions of Slicer it gives no tag, and could not be undone.
        named = {widget.property("SlicerParameterName"): widget for widget in vars(self.context.ui).values()}
        self._gui_tag = parameters.connectParametersToGui({name: each for name, each in named.items() if name})
        self._parameter_tag = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_settings)
        self.context.has_packages = not missing_needs()
        self.run.look_for_devices()
        self.refresh()

    def problem(self) -> str | None:
        """What keeps a job from beginning, in one sentence."""
        if self.context.parameters is None:
            return _("There is no scene.")
        for section in (self.input, self.camera, self.model, self.structures, self.outputs):
            found = section.problem()
            if found is not None:
                return found
        return None

    def refresh(self) -> None:
        """Make every section show the settings, the scene and the job as they are."""
        if self._is_refreshing or self.context.parameters is None:
            return
        self._is_refreshing = True
        try:
            for section in self.sections:
                section.refresh()
        finally:
            self._is_refreshing = False

    def apply(self) -> None:
        """Begin the job that the settings describe."""
        self._begin(self._reconstruction, self.problem())

    def abandon(self) -> None:
        """The scene is being closed: end the job and let go of all nodes."""
        self.run.forget()
        self.context.controller.abandon()
        self.use(None)

    def close(self) -> None:
        """The panel goes: cancel what runs, let go of everything."""
        self.context.job_changed = _nothing
        self.context.controller.close()
        self.use(None)

    def _reconstruction(self) -> Job:
        parameters = self.context.parameters
        assert parameters is not None
        return reconstruction_job(
            self.context.scene,
            parameters,
            self.input.reading_arguments(),
            self.input.first_index,
            self.model.argument,
            self.model.is_agreed,
        )

    def _live_arguments(self, folder: Path) -> list[str]:
        """What `serve` is told of model, structures and camera. Raises InputError while they cannot be used."""
        parameters = self.context.parameters
        assert parameters is not None
        for section in (self.camera, self.model, self.structures):
            problem = section.problem()
            if problem is not None:
                raise InputError(problem)
        arguments = ["--weights", self.model.argument, "--device", parameters.device.value]
        arguments += [part for prompt in parameters.prompts for part in ("--prompt", prompt)]
        arguments += ["--accept-research-use"] if self.model.is_agreed else []
        return [*arguments, *camera_arguments(parameters, folder)]

    def _import(self) -> Job:
        parameters = self.context.parameters
        assert parameters is not None
        return import_job(self.context.scene, parameters, self.input.reading_arguments())

    def _begin(self, make_job: Callable[[], Job], problem: str | None, only: Collection[str] | None = None) -> None:
        if problem is not None:
            self.run.say(problem, Tone.ERROR)
            return
        try:
            if not self._is_ready(only=only):
                self.run.say(_("Nothing was installed, so nothing was started."), Tone.WARNING)
                return
            self._ask_again()
            self.context.controller.start(make_job())
        except (EndoDepthError, OSError) as error:
            self.run.say(sentence(error), Tone.ERROR)
            return
        for field in (self.input.path, self.camera.path, self.model.path, self.outputs.path):
            field.remember()

    def _ask_again(self) -> None:
        """After an installation: ask what could not be asked before."""
        if not self.context.has_packages and not missing_needs():
            self.context.has_packages = True
            self.structures.ask_again()
            self.run.look_for_devices()
            self.refresh()

    def _on_import(self, *_args: Any) -> None:
        self.run.forget()
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the import.")):
            self._begin(self._import, self.input.problem(), DECODING_PACKAGES)

    def _on_settings(self, _caller: Any, _event: Any) -> None:
        if not self._is_showing:
            self.run.forget()
            self.context.controller.forget_outcome()
        self.refresh()

    def _on_job(self) -> None:
        state = self.context.controller.report.state
        if state is self._state:
            self.run.refresh()
            return
        self._state = state
        if state is JobState.DONE:
            self._is_showing = True
            try:
                self._show(self.context.controller.report.result)
            finally:
                self._is_showing = False
        elif state is JobState.FAILED:
            self.context.ui.logCollapsibleButton.setProperty("collapsed", False)
        self.refresh()

    def _show(self, result: Any) -> None:
        parameters, ui = self.context.parameters, self.context.ui
        assert parameters is not None
        if result.GetAttribute(KIND) == FRAMES_BROWSER:
            parameters.inputSequence = result.GetMasterSequenceNode()
            parameters.inputKind = InputKind.SEQUENCE
            show_frames_in_views(result)
            return
        if parameters.inputKind.is_on_disk:
            result.SetAttribute(INPUT, input_mark(parameters.inputPath))
        parameters.shownCase = result
        parameters.resultsPath = ""  # it is in use now
        # Later: laying out and drawing views is long enough without what ended just now.
        qt.QTimer.singleShot(0, self._show_views)
        for button in (ui.displayCollapsibleButton, ui.measureCollapsibleButton):
            button.setProperty("collapsed", False)

    def _show_views(self) -> None:
        view = self.context.view
        if view is not None:
            show_case_in_views(view)
            self.refresh()


def _nothing() -> None:
    return
