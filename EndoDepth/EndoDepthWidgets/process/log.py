"""The log of a job, of bounded size: its beginning and its end."""

from __future__ import annotations

from collections import deque

_FIRST_LINES = 1000
_LAST_LINES = 4000
_LONGEST_LINE = 2000
_TAIL_LINES = 20


class Log:
    """Lines in the order they came; of a very long log the middle is left out."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._left_out = 0

    def add(self, line: str) -> None:
        """Append a line; what is beyond 2000 characters of it is cut off."""
        line = line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " ..."
        if len(self._first) < _FIRST_LINES:
            self._first.append(line)
            return
        self._left_out += len(self._last) == _LAST_LINES
        self._last.append(line)

    @property
    def lines(self) -> list[str]:
        """All lines that are kept."""
        gap = [f"... {self._left_out} lines left out ..."] if self._left_out else []
        return [*self._first, *gap, *self._last]

    @property
    def text(self) -> str:
        """The log as text, one line each."""
        return "\n".join(self.lines)

    @property
    def tail(self) -> str:
        """The last 20 lines."""
        return "\n".join(self.lines[-_TAIL_LINES:])
