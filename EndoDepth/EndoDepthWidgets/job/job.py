"""What a job is: a child process that fills a folder, and what makes nodes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Protocol


class JobState(Enum):
    """Where a job is."""

    IDLE = "idle"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"


class FrameReceiver(Protocol):
    """Makes nodes of the frames in a folder, in order, in steps that are each short enough for an event loop."""

    def steps(self, position: int) -> Iterator[None]:
        """The steps that make the nodes of the frame at this position."""

    def finish_steps(self) -> Iterator[None]:
        """The steps that make what needs all frames."""

    @property
    def result(self) -> Any:
        """The node that shows all of it."""


@dataclass(frozen=True)
class Step:
    """How far a piece of work is that is done one step a tick."""

    done: int
    total: int


@dataclass(frozen=True)
class Job:
    """One job.

    arguments: those of the command line. open_receiver: called once the first frame is ready. before: steps that are
    done in this process first, one a tick (frames of a sequence written for the child). folders: removed in the end.
    replaced: nodes that the result takes the place of, removed once it is there.
    """

    title: str
    arguments: tuple[str, ...]
    open_receiver: Callable[[], FrameReceiver]
    before: Callable[[], Iterator[Step]] | None = None
    folders: tuple[Path, ...] = ()
    replaced: Callable[[], None] | None = None


@dataclass
class JobReport:
    """What is known of the job at this moment; the panel shows it.

    stage: in words. done of total steps of this stage, total 0 = not known. remaining_s: seconds, None = not known.
    message: one sentence when the job ended. log: everything that was said, one line an entry.
    """

    state: JobState = JobState.IDLE
    title: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    remaining_s: float | None = None
    message: str = ""
    warnings: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    result: Any = None
