"""What the sections of the panel share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Protocol

from EndoDepthLib.errors import InputError
from EndoDepthScene.case_view import CaseView
from EndoDepthWidgets.job.controller import JobController
from EndoDepthWidgets.panel.parameter_node import EndoDepthParameterNode
from EndoDepthWidgets.process.protocol import JobProcess


class Tone(Enum):
    """How a message is meant; the value is the colour that it is written in, readable on light and dark."""

    HINT = "#808890"
    GOOD = "#2e8b57"
    WARNING = "#c77700"
    ERROR = "#d0392b"


class Section(Protocol):
    """A part of the panel."""

    def refresh(self) -> None:
        """Show the settings, the scene and the job as they are now."""

    def close(self) -> None:
        """Let go of the scene and of processes; the panel goes, or the scene is closed."""


class PanelContext:
    """Widgets, settings and the job.

    ui: the widgets of EndoDepth.ui by name. parameters: the settings, None while there is no scene to keep them.
    input_size: width and height of the input in pixels, None while they are not known. has_packages: whether the
    packages that computing needs are there; without them the command line is not asked anything. own_weights: the file
    of weights that are not the catalogue's, "" for those that are: they know other structures.
    start_process starts the command line with these arguments; refresh makes every section look again.
    """

    def __init__(self, ui: Any, scene: Any, start_process: Callable[[Sequence[str]], JobProcess]) -> None:
        self.ui = ui
        self.scene = scene
        self.start_process = start_process
        self.parameters: EndoDepthParameterNode | None = None
        self.input_size: tuple[int, int] | None = None
        self.has_packages = True
        self.own_weights = ""
        self.controller = JobController(scene, start_process, self._on_job_changed)
        self.refresh: Callable[[], None] = _nothing
        self.job_changed: Callable[[], None] = _nothing

    @property
    def view(self) -> CaseView | None:
        """The case that Display and Measure work on, None without one."""
        browser = self.parameters.shownCase if self.parameters is not None else None
        try:
            return CaseView.find(browser) if browser is not None else None
        except InputError:  # taken apart by hand: then there is nothing to show of it
            return None

    def _on_job_changed(self) -> None:
        self.job_changed()


def write(label: Any, text: str, tone: Tone | None = None) -> None:
    """Put text into a label, in a tone; an empty text hides the label."""
    set_quietly(label, "text", text)
    set_quietly(label, "styleSheet", "" if tone is None else f"color: {tone.value};")
    label.setVisible(bool(text))


def sentence(text: object) -> str:
    """An error or a line of the command line as a sentence."""
    words = str(text)
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def show_row(visible: bool, *widgets: Any) -> None:
    """Show or hide the widgets of one row."""
    for widget in widgets:
        widget.setVisible(visible)


def set_quietly(widget: Any, name: str, value: Any) -> None:
    """Set a property without signals, and only when it differs: the cursor in a text stays where it is."""
    if widget.property(name) == value:
        return
    was_blocked = widget.blockSignals(True)
    widget.setProperty(name, value)
    widget.blockSignals(was_blocked)


def _nothing() -> None:
    return
