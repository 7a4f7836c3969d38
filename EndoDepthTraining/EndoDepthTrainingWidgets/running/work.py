"""What a piece of work is, and what is known of it while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from EndoDepthWidgets.job.job import Step


class WorkState(Enum):
    """Where a piece of work is."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


def _no_steps() -> Iterator[Step]:
    return iter(())


@dataclass(frozen=True)
class Work:
    """Steps in this process, then commands in child processes one after the other, then steps in this process again.

    title: what it is, in words. before, after: short steps, one a tick. answered: takes what a command answered (JSON).
    goes_on: the commands save what they have done and go on there when they are given again, so that stopping asks them
    to end instead of ending them. done: the sentence that says it is done. folders: removed in the end.
    """

    title: str
    commands: Iterable[Sequence[str]] = ()
    before: Callable[[], Iterator[Step]] = _no_steps
    after: Callable[[], Iterator[Step]] = _no_steps
    answered: Callable[[dict[str, Any]], None] | None = None
    goes_on: bool = False
    done: str = ""
    folders: tuple[Path, ...] = ()


@dataclass
class WorkReport:
    """What is known at this moment.

    stage: in words; done of total steps of it, total 0 = not known. remaining_s: seconds, None = not known. message:
    one sentence when the work ended. log: everything that was said, one line an entry.
    """

    state: WorkState = WorkState.IDLE
    title: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    remaining_s: float | None = None
    message: str = ""
    warnings: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
