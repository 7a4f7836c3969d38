"""Progress as Slicer's CLI framework reads it: XML tags on stdout, each written at once."""

from __future__ import annotations

import time
from xml.sax.saxutils import escape

from EndoDepthCLI.telling.for_people import PeopleTeller
from EndoDepthCLI.telling.teller import StageView

_TITLE = "EndoDepth Reconstruct"
_PREPARED = 0.05
"""The share of the bar for opening the input and reading the weights."""


class TagTeller(PeopleTeller):
    """Tells progress by tags; warnings and errors on stderr, which Slicer shows as the module's messages."""

    def __init__(self) -> None:
        super().__init__(bars=False)
        self._started_s = time.monotonic()
        self._has_begun = False

    def prepare(self) -> None:
        """The bar appears."""
        self._has_begun = True
        name, comment = escape(_TITLE), "Opening the input and reading the weights"
        say(f"<filter-start><filter-name>{name}</filter-name><filter-comment>{comment}</filter-comment></filter-start>")
        say_progress(0.0)

    def begin(self, stage: str, total: int | None, unit: str) -> StageView:
        """The bar goes on from what was prepared to the end."""
        return _Stage(total)

    def finished(self) -> None:
        """The bar is full."""
        if self._has_begun:
            elapsed_s = time.monotonic() - self._started_s
            say_progress(1.0)
            say(
                f"<filter-end><filter-name>{escape(_TITLE)}</filter-name><filter-time>{elapsed_s:.1f}</filter-time></filter-end>"
            )


def say(text: str) -> None:
    """Write a line on stdout at once."""
    print(text, flush=True)


def say_progress(fraction: float) -> None:
    """Say which part (0..1) of the work is done."""
    say(f"<filter-progress>{fraction:.4f}</filter-progress>")


class _Stage:
    def __init__(self, total: int | None) -> None:
        self._total = total
        self.at(0)

    def at(self, done: int) -> None:
        if self._total:
            say_progress(_PREPARED + (1 - _PREPARED) * min(done / self._total, 1.0))

    def end(self, done: int, succeeded: bool) -> None:
        """The framework hears of the end from the process."""
