"""Pictures that wait for the network: of every sender the newest one, nothing else."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.openigtlink.stream import RawMessage


@dataclass(frozen=True)
class Letter:
    """A picture as it came: who sent it, when (seconds of time.monotonic), and the sender's last TRANSFORM."""

    sender: int
    message: RawMessage
    received_s: float
    transform: np.ndarray


class Mailbox:
    """One slot a sender: a newer picture takes the place of one that waits, and senders take turns."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: dict[int, Letter] = {}
        self.received = 0
        self.skipped = 0

    def put(self, letter: Letter) -> None:
        """Let a picture wait; the sender keeps its turn."""
        with self._condition:
            self.received += 1
            self.skipped += letter.sender in self._waiting
            self._waiting[letter.sender] = letter
            self._condition.notify()

    def take(self, timeout_s: float) -> Letter | None:
        """The picture whose sender waits longest, or None when none comes in time."""
        with self._condition:
            if not self._waiting:
                self._condition.wait(timeout_s)
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def forget(self, sender: int) -> None:
        """The sender is gone, and so is what waited of it."""
        with self._condition:
            self.skipped += self._waiting.pop(sender, None) is not None
