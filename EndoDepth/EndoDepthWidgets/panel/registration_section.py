"""The seen surface brought to the CT: structure, landmark pairs, register, undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.ct_structures import CTStructure, ct_structures, find_structure
from EndoDepthScene.landmark_pairs import IN_CT, ON_SEEN, LandmarkLists
from EndoDepthWidgets.job.registering import RegistrationRun
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, set_quietly, write
from EndoDepthWidgets.panel.placing import begin_placing, is_placing, stop_placing
from EndoDepthWidgets.panel.registration_files import outcome_text, read_outcome, write_input

_FEWEST_PAIRS = 3


class RegistrationSection:
    """Aligns the selected frame's surface, and with it the whole case, to a structure of the CT."""

    def __init__(self, context: PanelContext, frame_changed: Callable[[], None]) -> None:
        """`frame_changed` is called when an aligned case shows another frame."""
        self._context = context
        self._frame_changed = frame_changed
        self._run = RegistrationRun(context.start_process)
        self._lists = LandmarkLists(context.scene)
        self._observed: list[tuple[Any, int]] = []
        self._browser: Any = None
        self._said: tuple[str, Tone] | None = None
        self._keys: list[str] = []
        ui = context.ui
        ui.ctStructureComboBox.currentIndexChanged.connect(self._on_structure)
        ui.placeSeenButton.toggled.connect(lambda *_checked: self._on_place(ON_SEEN, ui.placeSeenButton))
        ui.placeCTButton.toggled.connect(lambda *_checked: self._on_place(IN_CT, ui.placeCTButton))
        ui.clearLandmarksButton.clicked.connect(self._on_clear)
        ui.registerButton.clicked.connect(self._on_register)
        ui.undoRegistrationButton.clicked.connect(self._on_undo)

    @property
    def is_running(self) -> bool:
        """Whether a registration is being computed."""
        return self._run.is_running

    def refresh(self) -> None:
        """Show what can be registered, how many pairs there are, and what the last registration came to."""
        ui, view = self._context.ui, self._context.view
        self._observe(None if view is None else view.browser)
        structures = ct_structures(self._context.scene)
        self._fill(structures)
        problem = self._problem(view, structures)
        for side, button in ((ON_SEEN, ui.placeSeenButton), (IN_CT, ui.placeCTButton)):
            button.setEnabled(view is not None and not self.is_running)
            was_blocked = button.blockSignals(True)
            button.setChecked(is_placing(self._lists.node(side)))
            button.blockSignals(was_blocked)
        ui.clearLandmarksButton.setEnabled(bool(self._lists.nodes()) and not self.is_running)
        ui.ctStructureComboBox.setEnabled(bool(structures) and not self.is_running)
        ui.registerButton.setText(_("Cancel") if self.is_running else _("Register"))
        ui.registerButton.setEnabled(self.is_running or problem is None)
        ui.registerButton.setToolTip(problem or _("Bring the surface of the selected frame to the structure"))
        ui.undoRegistrationButton.setEnabled(
            view is not None and CaseAlignment(view).is_aligned and not self.is_running
        )
        ui.registrationProgressBar.setVisible(self.is_running)
        write(ui.landmarksLabel, self._pairs_text(), Tone.HINT)
        self._write_outcome(view, problem)

    def close(self) -> None:
        """End what runs, place no more points, let go of the scene."""
        self._run.cancel()
        for node in self._lists.nodes():
            stop_placing(node)
        self._let_go([node for node, _tag in self._observed])
        self._browser = self._said = None

    def _problem(self, view: CaseView | None, structures: Sequence[CTStructure]) -> str | None:
        parameters = self._context.parameters
        if view is None or parameters is None:
            return _("No case is shown.")
        if not structures:
            return _("The scene holds no structure of a CT: load a model or a segmentation.")
        if find_structure(structures, parameters.ctStructure) is None:
            return _("Choose the structure of the CT that the surface belongs to.")
        seen, ct = self._lists.count(ON_SEEN), self._lists.count(IN_CT)
        if parameters.withoutLandmarks:
            return None
        if seen != ct:
            return _("{seen} landmarks are on the surface and {ct} in the CT; place as many on both.").format(
                seen=seen, ct=ct
            )
        if seen < _FEWEST_PAIRS:
            return _("{count} landmark pairs are placed; at least {fewest} are needed.").format(
                count=seen, fewest=_FEWEST_PAIRS
            )
        return None

    def _pairs_text(self) -> str:
        return _("{seen} on the surface, {ct} in the CT; point 1 belongs to point 1.").format(
            seen=self._lists.count(ON_SEEN), ct=self._lists.count(IN_CT)
        )

    def _write_outcome(self, view: CaseView | None, problem: str | None) -> None:
        label = self._context.ui.registrationLabel
        if self._said is not None:
            write(label, *self._said)
        elif self.is_running:
            write(label, _("Registering; this takes some seconds."), Tone.HINT)
        elif view is not None and CaseAlignment(view).found:
            is_sure = not CaseAlignment(view).found.get("ambiguous")
            write(label, self._aligned_text(view), Tone.GOOD if is_sure else Tone.WARNING)
        else:
            write(label, problem or "", Tone.HINT)

    def _aligned_text(self, view: CaseView) -> str:
        alignment = CaseAlignment(view)
        text = outcome_text(alignment.found)
        if len(view) > 1 and alignment.frame_index != view.frame_index:
            text += " " + _("It was found with frame {index}; each frame has its own pose and scale.").format(
                index=alignment.frame_index
            )
        return text

    def _fill(self, structures: Sequence[CTStructure]) -> None:
        combo, parameters = self._context.ui.ctStructureComboBox, self._context.parameters
        keys = [each.key for each in structures]
        if keys != self._keys:
            self._keys = keys
            was_blocked = combo.blockSignals(True)
            combo.clear()
            for each in structures:
                combo.addItem(each.name, each.key)
            combo.blockSignals(was_blocked)
        wanted = parameters.ctStructure if parameters is not None else ""
        set_quietly(combo, "currentIndex", keys.index(wanted) if wanted in keys else -1)

    def _observe(self, browser: Any) -> None:
        if not self._observed:
            scene = self._context.scene
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent):
                self._observed.append((scene, scene.AddObserver(event, self._on_scene)))
            for node in self._lists.nodes():
                self._watch(node)
        if browser is not self._browser:
            self._let_go([self._browser])
            self._browser = browser
            if browser is not None:
                tag = browser.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_frame)
                self._observed.append((browser, tag))

    def _watch(self, node: Any) -> None:
        events = (node.PointPositionDefinedEvent, node.PointModifiedEvent, node.PointRemovedEvent)
        self._observed += [(node, node.AddObserver(event, self._on_points)) for event in events]

    def _let_go(self, nodes: Sequence[Any]) -> None:
        kept = []
        for node, tag in self._observed:
            if any(node is other for other in nodes):
                node.RemoveObserver(tag)
            else:
                kept.append((node, tag))
        self._observed = kept

    def _on_scene(self, _caller: Any, _event: Any) -> None:
        if not self._context.scene.IsBatchProcessing():
            qt.QTimer.singleShot(0, self._look_again)  # the node is not yet, or still, in the scene

    def _look_again(self) -> None:
        if self._observed:
            self.refresh()

    def _on_frame(self, _caller: Any, _event: Any) -> None:
        # While frames play this comes many times a second: only what an aligned case says of its frame is looked at.
        view = self._context.view
        if view is not None and CaseAlignment(view).is_aligned:
            self._write_outcome(view, None)
            self._frame_changed()

    def _on_points(self, _caller: Any, _event: Any) -> None:
        self._said = None
        self.refresh()

    def _on_structure(self, *_index: Any) -> None:
        parameters = self._context.parameters
        index = int(self._context.ui.ctStructureComboBox.property("currentIndex"))
        self._said = None
        if parameters is not None:
            parameters.ctStructure = self._keys[index] if 0 <= index < len(self._keys) else ""
        self.refresh()

    def _on_place(self, side: str, button: Any) -> None:
        self._said = None
        if not button.property("checked"):
            stop_placing(self._lists.node(side))
        else:
            is_new = self._lists.node(side) is None
            name = _("Landmarks on the surface") if side == ON_SEEN else _("Landmarks in the CT")
            node = self._lists.make(side, name, self._context.view)
            if is_new:
                self._watch(node)
            begin_placing(node)
        self.refresh()

    def _on_clear(self, *_args: Any) -> None:
        self._said = None
        for node in self._lists.nodes():
            stop_placing(node)
        self._let_go(self._lists.nodes())
        self._lists.remove()
        self.refresh()

    def _on_register(self, *_args: Any) -> None:
        if self.is_running:
            self._run.cancel()
            self._said = (_("Cancelled; nothing was moved."), Tone.HINT)
            self.refresh()
            return
        view, parameters = self._context.view, self._context.parameters
        structures = ct_structures(self._context.scene)
        chosen = find_structure(structures, parameters.ctStructure) if parameters is not None else None
        if view is None or parameters is None or chosen is None:
            return
        lists = None if parameters.withoutLandmarks else self._lists
        self._said = None
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the registration.")):
            try:
                self._run.start(
                    lambda folder: write_input(folder, view, chosen, lists),
                    lambda folder: self._on_done(view, folder),
                    self._on_failed,
                    self._on_progress,
                )
            except EndoDepthError as error:
                self._said = (sentence(error), Tone.ERROR)
        self.refresh()

    def _on_progress(self, share: float) -> None:
        self._context.ui.registrationProgressBar.setValue(round(100 * share))

    def _on_done(self, view: CaseView, folder: Path) -> None:
        outcome = read_outcome(folder)
        lists = [node for node in (self._lists.node(ON_SEEN),) if node is not None]
        CaseAlignment(view).place(outcome.ct_from_camera, outcome.found, lists)
        self._context.refresh()

    def _on_failed(self, message: str) -> None:
        self._said = (sentence(message), Tone.ERROR)
        self.refresh()

    def _on_undo(self, *_args: Any) -> None:
        view = self._context.view
        self._said = None
        if view is not None:
            CaseAlignment(view).undo()
        self._context.refresh()
