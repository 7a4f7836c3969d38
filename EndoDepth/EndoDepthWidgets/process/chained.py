"""Several command lines, one after the other, as one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from EndoDepthWidgets.process.protocol import Finished, JobEvent, JobProcess


class ChainedProcess:
    """A JobProcess that runs each command once the one before has finished; it ends with the first that fails.

    commands: the arguments of each; the iterator is advanced when a command has finished, so that a generator may do
    something between two of them. Whatever it raises, `poll` raises.
    """

    def __init__(self, start: Callable[[Sequence[str]], JobProcess], commands: Iterable[Sequence[str]]) -> None:
        self._start = start
        self._commands: Iterator[Sequence[str]] = iter(commands)
        self._current: JobProcess | None = None
        self._running = True
        self._logs: list[str] = []

    @property
    def running(self) -> bool:
        """Whether a command works still or is to come."""
        return self._running

    @property
    def log(self) -> str:
        """What all commands said so far."""
        current = [] if self._current is None else [self._current.log]
        return "\n".join(text.rstrip("\n") for text in [*self._logs, *current] if text)

    def poll(self) -> list[JobEvent]:
        """What happened since the last call; Finished only for the last command."""
        if not self._running:
            return []
        if self._current is None:
            return self._begin_next()
        events = self._current.poll()
        if self._current.running:
            return events
        if events and isinstance(events[-1], Finished):
            self._logs.append(self._current.log)
            self._current = None
            return events[:-1] + self._begin_next()
        self._running = False
        return events

    def interrupt(self) -> bool:
        """Ask the command that runs to end; no other is begun once it has. False when it cannot be asked."""
        return self._current is not None and self._current.interrupt()

    def kill(self) -> None:
        """End the command that runs; no other is begun."""
        self._running = False
        if self._current is not None:
            self._current.kill()

    def _begin_next(self) -> list[JobEvent]:
        try:
            arguments = next(self._commands, None)
        except BaseException:
            self._running = False
            raise
        if arguments is None:
            self._running = False
            return [Finished()]
        self._current = self._start(arguments)
        return []
