"""Proposed labels for the frames nobody labelled, reviewed one by one: keep, correct, drop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import slicer
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, read_seg_nrrd
from EndoDepthTrainingWidgets.annotation.frame_set import EMPTY, PROPOSED, FrameSet, FrameState, save_steps
from EndoDepthTrainingWidgets.annotation.proposals import CORRECTED, DROPPED, KEPT, Proposals
from EndoDepthTrainingWidgets.panel.context import TrainingContext
from EndoDepthTrainingWidgets.panel.labels_section import LabelsSection
from EndoDepthTrainingWidgets.panel.segment_editor import open_segment_editor
from EndoDepthTrainingWidgets.panel.views import shown_frame
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthWidgets.job.job import Step
from EndoDepthWidgets.panel.context import Tone, sentence, write


class ProposalsSection:
    """A network learns the labels that there are and proposes those of the other frames; a person decides."""

    def __init__(self, context: TrainingContext, labels: LabelsSection) -> None:
        self._context = context
        self._labels = labels
        ui = context.ui
        ui.proposeButton.clicked.connect(self._on_propose)
        ui.keepButton.clicked.connect(self._on_keep)
        ui.correctButton.clicked.connect(self._on_correct)
        ui.dropButton.clicked.connect(self._on_drop)

    def problem(self) -> str | None:
        """What keeps labels from being proposed, in one sentence."""
        if self._context.folder is None:
            return _("Choose a training folder: frames and labels are kept there.")
        problem = self._labels.problem()
        if problem is None and FrameState.OPEN not in self._labels.states():
            return _("Every frame has labels; pick more frames to have some proposed.")
        return problem

    def refresh(self) -> None:
        """Show how far the review is."""
        ui, frames, is_busy = self._context.ui, self._context.frames, self._context.runner.is_busy
        waiting = frames.proposed() if frames is not None else ()
        problem = self.problem()
        ui.proposeButton.setEnabled(problem is None and not waiting and not is_busy)
        ui.proposeButton.setToolTip(problem or _("Learn from the labels there are, and propose those of the others"))
        current = self._current(frames)
        for button in (ui.keepButton, ui.correctButton, ui.dropButton):
            button.setEnabled(current in waiting and not is_busy)
        if not waiting:
            write(ui.reviewLabel, "")
        elif current in waiting:
            text = _("'{name}': keep what is proposed, correct it, or drop it. {count} wait for you.")
            write(ui.reviewLabel, text.format(name=current, count=len(waiting)), Tone.WARNING)
        else:
            text = _("{count} proposals wait for you; choose one in the table above.")
            write(ui.reviewLabel, text.format(count=len(waiting)), Tone.WARNING)

    def close(self) -> None:
        """Nothing is held."""

    def show_next(self) -> None:
        """Go to the next frame that waits for a review, the least certain first."""
        frames, folder = self._context.frames, self._context.folder
        if frames is None or folder is None:
            return
        waiting = frames.proposed()
        order = [name for name in Proposals(folder).waiting() if name in waiting]
        if order:
            self._labels.show(frames.names.index(order[0]))

    def _current(self, frames: FrameSet | None) -> str:
        return frames.names[shown_frame(frames.volume)] if frames is not None else ""

    def _on_propose(self, *_args: Any) -> None:
        frames, folder, parameters = self._context.frames, self._context.folder, self._context.parameters
        if frames is None or folder is None or parameters is None:
            return
        command = ["labels", "propose", str(folder.folder), "--output", str(Proposals(folder).folder)]
        command += ["--device", parameters.device.value]
        if parameters.steps:
            command += ["--steps", str(parameters.steps)]
        elif parameters.minutes:
            command += ["--minutes", str(parameters.minutes)]
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start to propose labels.")):
            work = Work(
                _("Proposing labels"),
                [command],
                before=lambda: save_steps(folder, frames),
                after=self._load_steps,
                goes_on=True,
                done=_("Labels are proposed: review them one by one."),
            )
            self._context.begin(work)

    def _load_steps(self) -> Iterator[Step]:
        frames, folder = self._context.frames, self._context.folder
        assert frames is not None and folder is not None
        width, height, _count = frames.volume.GetImageData().GetDimensions()
        open_frames = {
            name for name, state in zip(frames.names, self._labels.states(), strict=True) if state is FrameState.OPEN
        }
        waiting = [name for name in Proposals(folder).waiting() if name in open_frames]
        found: dict[str, Segments] = {}
        for done, name in enumerate(waiting, start=1):
            found[name] = read_seg_nrrd(folder.proposal(name), (width, height))
            yield Step(done, len(waiting))
        for name in waiting:
            frames.mark(name, PROPOSED, True)
        frames.put_many(found)
        yield Step(len(waiting), len(waiting))
        self.show_next()

    def _on_keep(self, *_args: Any) -> None:
        frames, folder = self._context.frames, self._context.folder
        if frames is None or folder is None:
            return
        name = self._current(frames)
        now = frames.segments(frames.labels(), name)
        try:
            proposed = read_seg_nrrd(folder.proposal(name), now.labels.shape[::-1])
        except EndoDepthError as error:
            self._context.say(sentence(error), Tone.ERROR)
            return
        self._decide(name, KEPT if _mark_the_same(now, proposed) else CORRECTED)

    def _on_correct(self, *_args: Any) -> None:
        frames = self._context.frames
        if frames is not None:
            open_segment_editor(self._context.scene, frames.segmentation, frames.volume)
            self._context.say(_("Correct it in Segment Editor, come back, and press Keep."), Tone.HINT)

    def _on_drop(self, *_args: Any) -> None:
        frames = self._context.frames
        if frames is not None:
            self._decide(self._current(frames), DROPPED)

    def _decide(self, name: str, verdict: str) -> None:
        frames, folder = self._context.frames, self._context.folder
        assert frames is not None and folder is not None
        with slicer.util.tryWithErrorDisplay(_("EndoDepth could not keep what you decided.")):
            Proposals(folder).say(name, verdict)
            frames.mark(name, PROPOSED, False)
            frames.mark(name, EMPTY, verdict != DROPPED and not frames.segments(frames.labels(), name).labels.any())
            if verdict == DROPPED:
                frames.put(name, None)
            self.show_next()
            self._context.refresh()


def _mark_the_same(one: Segments, other: Segments) -> bool:
    """Whether two segmentations of a frame mark the same pixels with the same names."""
    return all(_mask(one, name) == _mask(other, name) for name in {*one.names, *other.names})


def _mask(segments: Segments, name: str) -> bytes:
    if name not in segments.names:
        return (segments.labels > 255).tobytes()  # nowhere
    return (segments.labels == 1 + segments.names.index(name)).tobytes()
