"""What was gained: the trained weights beside the shipped ones on held-out frames; and taking them into use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from EndoDepthLib.errors import InputError
from EndoDepthScene.png_files import read_png
from EndoDepthTrainingWidgets.annotation.frame_set import save_steps
from EndoDepthTrainingWidgets.panel.adoption import adopt
from EndoDepthTrainingWidgets.panel.choices import Stage
from EndoDepthTrainingWidgets.panel.commands import comparison_command, weights_of
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.training_section import TrainingSection
from EndoDepthTrainingWidgets.panel.views import show_training
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthTrainingWidgets.watching.gained import Gained, gained_of, picture_of
from EndoDepthWidgets.job.job import Step
from EndoDepthWidgets.panel.context import Tone, sentence, write


class ComparisonSection:
    """A table before and after, pictures of both, and one click that puts the weights into EndoDepth's panel."""

    def __init__(self, context: TrainingContext, training: TrainingSection) -> None:
        self._context = context
        self._training = training
        self._shown: Any = None
        ui = context.ui
        ui.compareButton.clicked.connect(self._on_compare)
        ui.adoptButton.clicked.connect(self._on_adopt)

    def problem(self) -> str | None:
        """What keeps weights from being compared, in one sentence."""
        folder, parameters = self._context.folder, self._context.parameters
        if not self._training.is_done:
            return _("There are no trained weights in the run folder yet.")
        if parameters is not None and parameters.stage is not Stage.SEGMENTATION:
            return None
        if folder is None or not any(folder.is_held_out(name) for name in folder.names()):
            return _("No labelled frame is held out; tick some in the table of frames.")
        return None

    def refresh(self) -> None:
        """Show the figures of the run folder, if there are any."""
        ui, is_busy, parameters = self._context.ui, self._context.runner.is_busy, self._context.parameters
        problem = self.problem()
        is_stage_one = parameters is not None and parameters.stage is Stage.SEGMENTATION
        ui.compareButton.setEnabled(problem is None and is_stage_one and not is_busy)
        ui.adoptButton.setEnabled(self._training.is_done and not is_busy)
        gained = self._gained()
        if gained != self._shown:
            self._shown = gained
            self._fill(gained)
        ui.comparisonTreeWidget.setVisible(bool(gained))
        write(ui.comparisonNoteLabel, problem or (_verdict(gained) if gained else ""), Tone.HINT)

    def close(self) -> None:
        """Nothing is held."""

    def _gained(self) -> list[Gained]:
        """The figures of the run folder; none while the training is not done."""
        folder = self._training.folder
        return gained_of(folder) if folder is not None and self._training.is_done else []

    def _fill(self, gained: Sequence[Gained]) -> None:
        tree = self._context.ui.comparisonTreeWidget
        tree.clear()
        for each in gained:
            item = qt.QTreeWidgetItem(tree)
            item.setText(0, each.name)
            for column, value in ((1, each.before), (2, each.after)):
                item.setText(column, "–" if value is None else f"{value:.3f}")
        for column in range(3):
            tree.resizeColumnToContents(column)

    def _before(self) -> Iterator[Step]:
        frames, folder = self._context.frames, self._context.folder
        if frames is not None and folder is not None:
            yield from save_steps(folder, frames)

    def _after(self) -> Iterator[Step]:
        folder = self._training.folder
        assert folder is not None
        yield Step(0, 1)
        self.show_picture()
        yield Step(1, 1)

    def show_picture(self) -> None:
        """Show before and after, if the run has a picture of them."""
        folder = self._training.folder
        picture = picture_of(folder) if folder is not None else None
        if picture is None:
            return
        try:
            pixels = read_png(picture)
        except InputError as error:
            self._context.say(sentence(error), Tone.WARNING)
            return
        show_training()
        self._training.picture.show(pixels, _("Comparison on held-out frames"))

    def _on_compare(self, *_args: Any) -> None:
        folder, run, parameters = self._context.folder, self._training.folder, self._context.parameters
        if folder is None or run is None or parameters is None:
            return
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start the comparison.")):
            start = parameters.startPath.strip()
            work = Work(
                _("Comparing"),
                [comparison_command(folder.held_out, run, parameters.device.value, start)],
                before=self._before,
                after=self._after,
                done=_("The comparison is in the table, its pictures are in the view."),
            )
            self._context.begin(work)

    def _on_adopt(self, *_args: Any) -> None:
        run, frames = self._training.folder, self._context.frames
        if run is None:
            return
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not take the weights.")):
            weights: Path = weights_of(run)
            adopt(weights.resolve(), frames.structures if frames is not None else ())


def _verdict(gained: Sequence[Gained]) -> str:
    """What the first figure says."""
    first = gained[0]
    if first.gain is None:
        return _("The weights before knew nothing of this.") if first.after is not None else ""
    words = {"name": first.name, "gain": f"{abs(first.gain):.3f}"}
    if first.gain > 0:
        return _("{name} is better by {gain} on what was not learned from.").format(**words)
    return _("{name} is no better on what was not learned from: train longer, or label more.").format(**words)
