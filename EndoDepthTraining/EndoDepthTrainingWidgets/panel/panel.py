"""The panel of the training module: its sections, the settings they show, and what happens when work ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import slicer
import vtk

from EndoDepthTrainingWidgets.panel.comparison_section import ComparisonSection
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.datasets_section import DatasetsSection
from EndoDepthTrainingWidgets.panel.frames_section import FramesSection
from EndoDepthTrainingWidgets.panel.labels_section import LabelsSection
from EndoDepthTrainingWidgets.panel.parameter_node import EndoDepthTrainingParameterNode
from EndoDepthTrainingWidgets.panel.proposals_section import ProposalsSection
from EndoDepthTrainingWidgets.panel.training_section import TrainingSection
from EndoDepthTrainingWidgets.panel.views import register_layout
from EndoDepthTrainingWidgets.panel.work_area import WorkArea
from EndoDepthTrainingWidgets.running.work import WorkState
from EndoDepthWidgets.panel.context import Section
from EndoDepthWidgets.process.protocol import JobProcess


class TrainingPanel:
    """All sections together.

    ui: the widgets of EndoDepthTraining.ui by name. start_process: starts the command line with these arguments.
    is_ready: makes sure that what work needs is installed, asking the user; False when it is not.
    """

    def __init__(
        self,
        ui: Any,
        scene: Any,
        start_process: Callable[[Sequence[str]], JobProcess],
        is_ready: Callable[..., bool],
    ) -> None:
        self.context = TrainingContext(ui, scene, start_process, is_ready)
        self._parameter_tag: int | None = None
        self._gui_tag: Any = None
        self._state = WorkState.IDLE
        self._is_refreshing = False
        self.frames = FramesSection(self.context)
        self.labels = LabelsSection(self.context)
        self.proposals = ProposalsSection(self.context, self.labels)
        self.training = TrainingSection(self.context, self.labels)
        self.comparison = ComparisonSection(self.context, self.training)
        self.datasets = DatasetsSection(self.context, self.training)
        self.work_area = WorkArea(self.context)
        self.context.refresh = self.refresh
        self.context.work_changed = self._on_work
        ui.datasetsCollapsibleButton.contentsCollapsed.connect(self._on_datasets_folded)
        register_layout()

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections, from the top."""
        return (
            self.frames,
            self.labels,
            self.proposals,
            self.training,
            self.comparison,
            self.datasets,
            self.work_area,
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
        # As in EndoDepth's panel: the node must stay known to Python, or the wrapper that observes it is taken apart.
        slicer.modules.EndoDepthTrainingParameterNode = node
        parameters = self.context.parameters = EndoDepthTrainingParameterNode(node)
        named = {widget.property("SlicerParameterName"): widget for widget in vars(self.context.ui).values()}
        self._gui_tag = parameters.connectParametersToGui({name: each for name, each in named.items() if name})
        self._parameter_tag = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_settings)
        self.refresh()

    def refresh(self) -> None:
        """Make every section show the settings, the scene and the work as they are."""
        if self._is_refreshing or self.context.parameters is None:
            return
        self._is_refreshing = True
        try:
            for section in self.sections:
                section.refresh()
        finally:
            self._is_refreshing = False

    def abandon(self) -> None:
        """The scene is being closed: end what runs and let go of all nodes."""
        self.context.said = None
        self.context.runner.abandon()
        self.use(None)

    def close(self) -> None:
        """The panel goes: end what runs, let go of everything."""
        self.context.work_changed = _nothing
        self.context.runner.close()
        self.use(None)

    def _on_settings(self, _caller: Any, _event: Any) -> None:
        self.context.runner.forget_outcome()
        self.refresh()

    def _on_datasets_folded(self, is_folded: bool) -> None:
        if not is_folded:
            self.datasets.look_for_datasets()

    def _on_work(self) -> None:
        state = self.context.runner.report.state
        if state is self._state and self.context.runner.is_busy:
            self.work_area.refresh()
            return
        self._state = state
        if not self.context.runner.is_busy:
            self.training.end_watching()
        if state is WorkState.FAILED:
            self.context.ui.logCollapsibleButton.setProperty("collapsed", False)
        self.refresh()


def _nothing() -> None:
    return
