"""A place at which one process after the other computes: one that died, hangs or grew is replaced."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from EndoDepthCLI.batch import BatchOptions
from EndoDepthCLI.job.batch.child import Child
from EndoDepthCLI.job.batch.claims import Claim
from EndoDepthCLI.job.batch.liveness import OwnClock
from EndoDepthCLI.job.batch.manifest import Case
from EndoDepthCLI.job.batch.places import local_place
from EndoDepthLib.errors import SettingsError

_START_TIMEOUT_S = 900.0
_MOST_BAD_STARTS = 3
_STAYS_GOOD = ("input", "output", "conflict")


@dataclass
class Attempt:
    """A case in the hands of this program, with what is known of it so far (see Supervisor._first_record)."""

    case: Case
    claim: Claim
    record: dict[str, Any]
    resumes: bool
    elapsed_s: float = 0.0

    @property
    def case_input(self) -> Path:
        """Where the input is."""
        return Path(self.case.input)


class Seat:
    """Holds one process that computes, and the attempt it is busy with."""

    def __init__(self, options: BatchOptions, number: int, prompts: Sequence[str], clock: OwnClock) -> None:
        self._options, self._clock = options, clock
        place = local_place() * options.workers + number
        self._setup = {
            "weights": asdict(options.weights),
            "prompts": list(prompts),
            "place": place,
        }
        self._child: Child | None = None
        self._began_s = 0.0
        self._bad_starts = 0
        self.attempt: Attempt | None = None
        self.is_ready = False
        self.weights_sha256 = ""
        self.unknown_prompts: dict[str, str] = {}

    @property
    def is_idle(self) -> bool:
        """Whether a case can be given to it."""
        return self.is_ready and self.attempt is None

    def start(self) -> None:
        """Start a process; it is ready some seconds later."""
        threads = None if self._options.workers == 1 else max(1, (os.cpu_count() or 1) // self._options.workers)
        self._child = Child(self._setup, threads)
        self._began_s, self.is_ready = self._clock.now_s, False

    def take(self, attempt: Attempt, folder: Path) -> None:
        """Have it work on a case in this folder."""
        assert self._child is not None and self.is_idle
        self.attempt, self._began_s = attempt, self._clock.now_s
        # Absolute: what --output says is meant from where this program runs.
        place = str(folder.absolute())
        self._child.tell({"case": asdict(attempt.case), "folder": place, "resume": attempt.resumes})

    def look(self) -> tuple[Attempt, str | None, str] | None:
        """See what became of it: (attempt, problem or None, message) once an attempt has ended.

        Raises SettingsError when processes end before they are ready, or refuse the weights.
        """
        assert self._child is not None
        ending = self._child.ending()  # before its last words are read, so that none is missed
        message = self._child.heard()
        if message is not None:
            return self._understand(message)
        if ending is None:
            ending = self._reason_to_end()
            if ending is None:
                return None
        self._replace()
        if self.attempt is None:
            self._bad_starts += 1
            if self._bad_starts >= _MOST_BAD_STARTS:
                raise SettingsError(f"nothing can be computed here: {ending}, {self._bad_starts} times before any case")
            return None
        return self._ended("crash", ending)

    def abandon(self) -> None:
        """End the attempt; somebody else does the case."""
        self.attempt = None
        self._replace()

    def leave(self) -> Attempt | None:
        """End the process; the attempt that it was busy with."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        attempt, self.attempt = self.attempt, None
        return attempt

    def _understand(self, message: dict[str, Any]) -> tuple[Attempt, str | None, str] | None:
        if message["event"] == "ready":
            self.is_ready, self._bad_starts = True, 0
            self.weights_sha256, self.unknown_prompts = message["weights_sha256"], message["unknown"]
            return None
        if message["event"] == "refused":
            raise SettingsError(message["message"])
        if message["event"] == "done":
            return self._ended(None, "")
        problem = message["problem"]
        if problem not in _STAYS_GOOD:  # after such an error nobody knows what the process is still good for
            self._replace()
        return self._ended(problem, message["message"])

    def _ended(self, problem: str | None, message: str) -> tuple[Attempt, str | None, str]:
        attempt, self.attempt = self.attempt, None
        assert attempt is not None
        attempt.elapsed_s = self._clock.now_s - self._began_s
        return attempt, problem, message

    def _reason_to_end(self) -> str | None:
        """Why the process must not go on."""
        assert self._child is not None
        elapsed_s = self._clock.now_s - self._began_s
        if not self.is_ready:
            return None if elapsed_s < _START_TIMEOUT_S else f"its process was not ready after {elapsed_s:.0f} s"
        if self.attempt is None:
            return None
        if elapsed_s > self._options.case_timeout:
            return f"took longer than --case-timeout {self._options.case_timeout:g} s"
        limit = self._options.case_memory
        taken = self._child.memory_bytes() if limit is not None else None
        if limit is not None and taken is not None and taken > limit * 1e9:
            return f"took {taken / 1e9:.1f} GB, more than --case-memory {limit:g} GB"
        return None

    def _replace(self) -> None:
        assert self._child is not None
        self._child.kill()
        self.start()
