"""One client of the live server: what it has begun to send, and what waits to be sent to it."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from EndoDepthLib.openigtlink.stream import MessageReader, RawMessage

WHOLE_WITHIN_S = 10.0
"""A message must be whole so long after its first byte."""
STALLED_AFTER_S = 30.0
"""A client that takes nothing for so long while something waits for it is gone."""
_FAREWELL_S = 1.0
_BLOCK_BYTES = 1 << 20
_MOST_BLOCKS = 8
_MOST_REPLIES = 8


class Connection:
    """Used by the thread that owns the sockets; `offer` and `reply` only under the server's lock.

    At most one set of answers is on its way and one waits behind it; a newer one takes its place, so a slow client
    misses answers and delays nobody. version: of the last header it sent; its answers come in the same.
    """

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.socket = sock
        self.number = number
        self.version = 1
        self.sends_pictures = False
        self.transform = np.eye(4)
        self.missed = 0
        self._reader = MessageReader()
        self._begun_s: float | None = None
        self._sending: deque[memoryview] = deque()
        self._in_the_middle = False
        self._next: Sequence[bytes] | None = None
        self._replies: deque[bytes] = deque(maxlen=_MOST_REPLIES)
        self._moved_s = time.monotonic()
        self._closes_s: float | None = None

    @property
    def is_closing(self) -> bool:
        """Whether nothing of it counts any more."""
        return self._closes_s is not None

    @property
    def has_to_send(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._sending or self._replies or self._next)

    def read(self) -> list[RawMessage] | None:
        """The messages that are whole now; None when the client has gone. Raises ProtocolError, OSError."""
        messages: list[RawMessage] = []
        for _ in range(_MOST_BLOCKS):  # a whole picture at once: some clients give up after 10 ms of not being read
            try:
                data = self.socket.recv(_BLOCK_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            if not data:
                return None
            if not self.is_closing:
                messages += self._reader.feed(data)
        if self.is_closing:
            return []
        if not self._reader.is_inside:
            self._begun_s = None
        elif self._begun_s is None or messages:
            self._begun_s = time.monotonic()
        return messages

    def offer(self, answers: Sequence[bytes]) -> None:
        """Answers that wait until those before are sent; what waited is dropped."""
        if self.is_closing:
            return
        self.missed += self._next is not None
        self._next = answers

    def reply(self, message: bytes) -> None:
        """A small message that goes before waiting answers; of more than 8, the oldest are dropped."""
        if not self.is_closing:
            self._replies.append(message)

    def farewell(self, message: bytes) -> None:
        """Send what has begun and this message, then close, within a second."""
        if self.is_closing:
            return
        self._closes_s = time.monotonic() + _FAREWELL_S
        begun = self._sending.popleft() if self._in_the_middle and self._sending else None
        self._sending.clear()
        self._replies.clear()
        self._next = None
        if begun is not None:
            self._sending.append(begun)
        self._sending.append(memoryview(message))

    def send(self) -> None:
        """Send as much as the client takes at once. Raises OSError when it has gone."""
        while True:
            if not self._in_the_middle:
                while self._replies:
                    self._sending.appendleft(memoryview(self._replies.pop()))
            if not self._sending and self._next is not None:
                self._sending.extend(map(memoryview, self._next))
                self._next = None
            if not self._sending:
                break
            try:
                sent = self.socket.send(self._sending[0])
            except (BlockingIOError, InterruptedError):
                return
            self._moved_s = time.monotonic()
            rest = self._sending[0][sent:]
            self._in_the_middle = len(rest) > 0
            if rest:
                self._sending[0] = rest
            else:
                self._sending.popleft()
        if self.is_closing:
            with suppress(OSError):  # what it still sends is read and thrown away, or the farewell would be lost
                self.socket.shutdown(socket.SHUT_WR)

    def is_over(self, now_s: float) -> bool:
        """Whether it has to be closed without another word."""
        if self._closes_s is not None:
            return now_s > self._closes_s
        if not self.has_to_send:
            self._moved_s = now_s
        return now_s - self._moved_s > STALLED_AFTER_S

    def is_too_slow(self, now_s: float) -> bool:
        """Whether a message was begun and is not whole in time."""
        return self._begun_s is not None and not self.is_closing and now_s - self._begun_s > WHOLE_WITHIN_S
