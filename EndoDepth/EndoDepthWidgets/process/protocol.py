"""What a panel knows of the process that works for it: the events it tells, and how it is ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Progress:
    """`done` of `total` steps of a stage are done; total and remaining_s (seconds) are None while nobody knows."""

    stage: str
    done: int
    total: int | None
    remaining_s: float | None


@dataclass(frozen=True)
class Warned:
    """A sentence that the user should read."""

    text: str


@dataclass(frozen=True)
class Logged:
    """A line for the log: whatever else the process said."""

    text: str


@dataclass(frozen=True)
class FrameReady:
    """The frame at this position of the kept frames stands in the results folder and in its manifest."""

    position: int


@dataclass(frozen=True)
class Answered:
    """The answer of a command that answers a question (`inspect`, `devices`, `prompts`): JSON values."""

    value: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The work is done and the process has ended. Nothing comes after it."""


@dataclass(frozen=True)
class Failed:
    """The process has ended without finishing: why in one line, and the last lines it said. Nothing comes after it."""

    message: str
    log_tail: str


JobEvent = Progress | Warned | Logged | FrameReady | Answered | Finished | Failed


class JobProcess(Protocol):
    """A process that works on one job."""

    def poll(self) -> list[JobEvent]:
        """What happened since the last call, in order; never waits. The last event of all is Finished or Failed.

        After `kill` there are no more events.
        """

    def interrupt(self) -> bool:
        """Ask the process to end when it has saved its work, and go on polling; False when it cannot be asked."""

    def kill(self) -> None:
        """End the process and all that it started, within 2 s; nothing of them is left. May be called again."""

    @property
    def running(self) -> bool:
        """Whether the process works still; False once Finished or Failed was polled, and after `kill`."""

    @property
    def log(self) -> str:
        """Everything the process said so far, for "show log" and "copy log"; a very long log lacks its middle."""
