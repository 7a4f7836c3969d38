"""The one who tells: chosen once by the command line, found by whatever has something to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol


class StageView(Protocol):
    """How one stage of known or unknown length is shown."""

    def at(self, done: int) -> None:
        """So many steps are done."""

    def end(self, done: int, succeeded: bool) -> None:
        """The stage is over; nothing of it is shown any more."""


class Teller(Protocol):
    """Says to the outside what a command does. Raises OSError when nobody can be told any more."""

    def prepare(self) -> None:
        """The work begins with a stage that has no steps: files are opened, weights are read."""

    def begin(self, stage: str, total: int | None, unit: str) -> StageView:
        """A stage of `total` units begins (None: nobody knows how many)."""

    def warn(self, text: str) -> None:
        """A sentence that the user should read."""

    def frame_ready(self, position: int) -> None:
        """The frame at this position stands in the output folder, and in the list of frames where there is one."""

    def answer(self, value: dict[str, Any]) -> None:
        """The answer of a command that answers a question: JSON values."""

    def finished(self) -> None:
        """The command has done its work."""

    def failed(self, line: str) -> None:
        """The command has ended without doing its work, for the reason in this one line."""

    def printing(self) -> AbstractContextManager[object]:
        """Within this block, what the program prints goes where it disturbs nothing."""


_tellers: list[Teller] = []


def current_teller() -> Teller:
    """The teller of the running command; outside of one, lines for people."""
    if _tellers:
        return _tellers[-1]
    from EndoDepthCLI.telling.for_people import PeopleTeller

    return PeopleTeller()


@contextmanager
def telling_by(teller: Teller) -> Iterator[None]:
    """Make this the current teller within the block."""
    _tellers.append(teller)
    try:
        with teller.printing():
            yield
    finally:
        _tellers.remove(teller)
