"""What the sections of the panel share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import EndoDepthError
from EndoDepthScene.frame_stack import frame_names
from EndoDepthTrainingWidgets.annotation.frame_set import FrameSet
from EndoDepthTrainingWidgets.annotation.training_folder import TrainingFolder
from EndoDepthTrainingWidgets.panel.parameter_node import EndoDepthTrainingParameterNode
from EndoDepthTrainingWidgets.running.runner import WorkRunner
from EndoDepthTrainingWidgets.running.work import Work
from EndoDepthWidgets.panel.context import Tone, sentence
from EndoDepthWidgets.process.protocol import JobProcess

REQUIREMENTS_FILE = Path(__file__).resolve().parents[1] / "Resources" / "requirements.txt"
"""The packages that training needs beyond EndoDepth's own."""


class TrainingContext:
    """Widgets, settings and the work.

    ui: the widgets of EndoDepthTraining.ui by name. parameters: the settings, None while no scene keeps them. said: a
    message of the panel itself, until the next work or change of settings. refresh makes every section look
    again. is_ready: makes sure that what work needs is installed, asking the user.
    """

    def __init__(
        self,
        ui: Any,
        scene: Any,
        start_process: Callable[[Sequence[str]], JobProcess],
        is_ready: Callable[..., bool],
    ) -> None:
        self.ui = ui
        self.scene = scene
        self.start_process = start_process
        self._is_ready = is_ready
        self.parameters: EndoDepthTrainingParameterNode | None = None
        self.runner = WorkRunner(start_process, self._on_work)
        self.said: tuple[str, Tone] | None = None
        self.refresh: Callable[[], None] = _nothing
        self.work_changed: Callable[[], None] = _nothing

    @property
    def folder(self) -> TrainingFolder | None:
        """The training folder, None while none is chosen."""
        text = self.parameters.folderPath.strip() if self.parameters is not None else ""
        return TrainingFolder(Path(text)) if text else None

    @property
    def frames(self) -> FrameSet | None:
        """The frames in the scene, None without any."""
        volume = self.parameters.frames if self.parameters is not None else None
        return FrameSet(volume) if frame_names(volume) else None

    def say(self, text: str, tone: Tone) -> None:
        """Show one message until the next work or the next change of the settings."""
        self.said = (text, tone)
        self.refresh()

    def begin(self, work: Work, needs_packages: bool = True) -> bool:
        """Start work, once what it needs is installed; False, with a message, when it could not be started."""
        self.said = None
        try:
            if needs_packages and not self._is_ready(others=(REQUIREMENTS_FILE,)):
                self.say("Nothing was installed, so nothing was started.", Tone.WARNING)
                return False
            self.runner.start(work)
        except (EndoDepthError, OSError) as error:
            self.say(sentence(error), Tone.ERROR)
            return False
        return True

    def _on_work(self) -> None:
        self.work_changed()


def _nothing() -> None:
    return
