"""Several commands as one process: real processes, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from EndoDepthWidgets.process import ChildProcess, Failed, Finished, Logged
from EndoDepthWidgets.process.chained import ChainedProcess

from .conftest import events_of, is_alive, wait_for

Start = Callable[..., ChildProcess]

SAYS = "print('{word}'); print('{{\"event\": \"finished\"}}')"
FAILS = 'import sys; print(\'{"event": "error", "message": "no such scene"}\'); sys.exit(2)'
WAITS = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"


@pytest.fixture
def start_one(start_python: Start) -> Callable[[Sequence[str]], ChildProcess]:
    return lambda arguments: start_python(*arguments)


def test_commands_run_in_turn_and_finish_once(
    start_one: Callable[[Sequence[str]], ChildProcess], tmp_path: Path
) -> None:
    mark = tmp_path / "between"

    def commands() -> Iterator[list[str]]:
        yield [SAYS.format(word="one")]
        mark.touch()
        yield [SAYS.format(word="two")]

    chain = ChainedProcess(start_one, commands())
    assert chain.running and not mark.exists()
    assert events_of(chain) == [Logged("one"), Logged("two"), Finished()]
    assert mark.exists()
    assert chain.log.split() == ["one", "two"]
    mark.unlink()


def test_no_commands_are_finished_at_once(start_one: Callable[[Sequence[str]], ChildProcess]) -> None:
    assert events_of(ChainedProcess(start_one, [])) == [Finished()]


def test_a_failure_ends_the_chain(start_one: Callable[[Sequence[str]], ChildProcess]) -> None:
    events = events_of(ChainedProcess(start_one, [[SAYS.format(word="one")], [FAILS], [SAYS.format(word="never")]]))
    assert isinstance(events[-1], Failed) and "no such scene" in events[-1].message
    assert Logged("never") not in events


def test_killing_it_ends_what_runs(start_one: Callable[[Sequence[str]], ChildProcess]) -> None:
    chain = ChainedProcess(start_one, [[SAYS.format(word="one")], [WAITS], [SAYS.format(word="never")]])
    heard: list[str] = []

    def second_runs() -> bool:
        heard.extend(event.text for event in chain.poll() if isinstance(event, Logged))
        return len(heard) == 2

    wait_for(second_runs)
    chain.kill()
    assert not chain.running and chain.poll() == []
    assert not is_alive(int(heard[1]))


def test_an_error_between_two_commands_is_raised_and_ends_it(
    start_one: Callable[[Sequence[str]], ChildProcess],
) -> None:
    def commands() -> Iterator[list[str]]:
        yield [SAYS.format(word="one")]
        raise OSError("no disk")

    chain = ChainedProcess(start_one, commands())
    with pytest.raises(OSError, match="no disk"):
        events_of(chain)
    assert not chain.running
