"""The frames one by one: what is marked in each, which are held out, and saving the labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import qt
import slicer
import vtk
from slicer.i18n import tr as _

from EndoDepthTrainingWidgets.annotation.frame_set import EMPTY, HELD_OUT, FrameSet, FrameState, save_steps
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.segment_editor import open_segment_editor
from EndoDepthTrainingWidgets.panel.views import show_frames, shown_frame
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthWidgets.panel.context import Tone, write

_SOON_MS = 300
_LEAST = 3


class LabelsSection:
    """Annotating in Segment Editor: the names of its segments are the prompts."""

    def __init__(self, context: TrainingContext) -> None:
        self._context = context
        self._is_filling = False
        self._shown: list[tuple[str, str, bool]] | None = None
        self._watched: tuple[Any, int] | None = None
        self._labels: np.ndarray | None = None
        ui = context.ui
        ui.framesTreeWidget.currentItemChanged.connect(self._on_chosen)
        ui.framesTreeWidget.itemChanged.connect(self._on_ticked)
        ui.markButton.clicked.connect(self._on_mark)
        ui.emptyButton.clicked.connect(self._on_empty)
        ui.saveLabelsButton.clicked.connect(self._on_save)
        # Drawing changes the segmentation many times a second: the table follows when the hand rests.
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(context_refresher(context))

    def problem(self) -> str | None:
        """What keeps the labels from being learned, in one sentence."""
        frames = self._context.frames
        if frames is None:
            return _("Pick frames, or load a training folder, first.")
        if not frames.structures:
            return _("Mark structures in Segment Editor: the names of its segments are what is learned.")
        states = self.states()
        learned = sum(
            state is FrameState.LABELLED and not frames.is_marked(name, HELD_OUT)
            for name, state in zip(frames.names, states, strict=True)
        )
        if learned < _LEAST:
            return _("Mark structures in at least {least} frames that are not held out; {count} have labels.").format(
                least=_LEAST, count=learned
            )
        return None

    def states(self) -> list[FrameState]:
        """What is known of each frame now."""
        frames = self._context.frames
        return [] if frames is None else frames.states(self._labels_of(frames))

    def refresh(self) -> None:
        """Show the frames and what is known of each."""
        ui, frames, is_busy = self._context.ui, self._context.frames, self._context.runner.is_busy
        self._watch(frames)
        rows = self._rows(frames)
        if rows != self._shown:
            self._shown = rows
            self._fill(rows)
        for button in (ui.markButton, ui.emptyButton, ui.saveLabelsButton):
            button.setEnabled(frames is not None and not is_busy)
        write(ui.labelsNoteLabel, self.problem() or self._note(frames, rows), Tone.HINT)

    def close(self) -> None:
        """Let go of the segmentation."""
        self._watch(None)
        self._labels = self._shown = None
        self._soon.stop()

    def show(self, number: int) -> None:
        """Go to a frame, in the table and in the view."""
        tree = self._context.ui.framesTreeWidget
        tree.setCurrentItem(tree.topLevelItem(number))

    def saving(self) -> Work:
        """The work of writing the labels into the training folder."""
        frames, folder = self._context.frames, self._context.folder
        assert frames is not None and folder is not None
        done = _("The labels are saved in the training folder.")
        return Work(_("Saving labels"), after=lambda: save_steps(folder, frames), done=done)

    def _rows(self, frames: FrameSet | None) -> list[tuple[str, str, bool]]:
        if frames is None:
            return []
        labels, structures = self._labels_of(frames), frames.structures
        rows = []
        for name, plane, state in zip(frames.names, labels, frames.states(labels), strict=True):
            found = ", ".join(structures[value - 1] for value in np.unique(plane) if value)
            if state is FrameState.PROPOSED:
                text = _("proposed: {structures}").format(structures=found or _("nothing"))
            elif state is FrameState.LABELLED:
                text = found or _("none of the structures")
            else:
                text = "–"
            rows.append((name, text, frames.is_marked(name, HELD_OUT)))
        return rows

    def _labels_of(self, frames: FrameSet) -> np.ndarray:
        """What is marked, read again only when it changed."""
        if self._labels is None or len(self._labels) != len(frames.names):
            self._labels = frames.labels()
        return self._labels

    def _note(self, frames: FrameSet | None, rows: list[tuple[str, str, bool]]) -> str:
        if frames is None:
            return ""
        open_frames = sum(state is FrameState.OPEN for state in self.states())
        held_out = sum(is_held_out for _name, _text, is_held_out in rows)
        text = _("Structures: {names}. {open} frames without labels, {held_out} held out for comparison.")
        return text.format(names=", ".join(frames.structures), open=open_frames, held_out=held_out)

    def _fill(self, rows: list[tuple[str, str, bool]]) -> None:
        tree = self._context.ui.framesTreeWidget
        self._is_filling = True
        try:
            while _count(tree) != len(rows):
                if _count(tree) < len(rows):
                    qt.QTreeWidgetItem(tree)
                else:
                    tree.takeTopLevelItem(_count(tree) - 1)
            for number, (name, text, is_held_out) in enumerate(rows):
                item = tree.topLevelItem(number)
                item.setText(0, name)
                item.setText(2, text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsUserCheckable)
                item.setCheckState(1, qt.Qt.Checked if is_held_out else qt.Qt.Unchecked)
            for column in (0, 1):
                tree.resizeColumnToContents(column)
        finally:
            self._is_filling = False

    def _watch(self, frames: FrameSet | None) -> None:
        content = frames.segmentation.GetSegmentation() if frames is not None else None
        if self._watched is not None:
            if self._watched[0] is content:
                return
            self._watched[0].RemoveObserver(self._watched[1])
            self._watched = self._labels = None
        if content is not None:
            self._watched = content, content.AddObserver(vtk.vtkCommand.AnyEvent, self._on_drawn)

    def _on_drawn(self, _caller: Any, _event: Any) -> None:
        self._labels = None
        self._soon.start()

    def _on_chosen(self, item: Any, *_before: Any) -> None:
        frames = self._context.frames
        if self._is_filling or item is None or frames is None:
            return
        show_frames(frames.volume, self._context.ui.framesTreeWidget.indexOfTopLevelItem(item))
        self._context.refresh()

    def _on_ticked(self, item: Any, column: int) -> None:
        frames = self._context.frames
        if self._is_filling or column != 1 or frames is None:
            return
        frames.mark(item.text(0), HELD_OUT, item.checkState(1) == qt.Qt.Checked)
        self._context.refresh()

    def _on_mark(self, *_args: Any) -> None:
        frames = self._context.frames
        if frames is not None:
            show_frames(frames.volume)
            open_segment_editor(self._context.scene, frames.segmentation, frames.volume)

    def _on_empty(self, *_args: Any) -> None:
        frames = self._context.frames
        if frames is None:
            return
        name = frames.names[shown_frame(frames.volume)]
        if self._labels_of(frames)[frames.names.index(name)].any():
            text = _("Structures are marked in '{name}'; erase them in Segment Editor if it shows none of them.")
            self._context.say(text.format(name=name), Tone.WARNING)
            return
        frames.mark(name, EMPTY, not frames.is_marked(name, EMPTY))
        self._context.refresh()

    def _on_save(self, *_args: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not save the labels.")):
            if self._context.folder is None:
                self._context.say(_("Choose a training folder: frames and labels are kept there."), Tone.ERROR)
                return
            self._context.begin(self.saving(), needs_packages=False)


def context_refresher(context: TrainingContext) -> Any:
    """What makes all sections look again, whatever the context calls for that by then."""
    return lambda: context.refresh()


def _count(tree: Any) -> int:
    """How many rows a tree has, read in a way that PythonQt and PySide share."""
    number = 0
    while tree.topLevelItem(number) is not None:
        number += 1
    return number
