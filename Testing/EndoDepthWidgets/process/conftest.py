"""Children that behave badly, each a few lines of Python in a process of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from EndoDepthWidgets.process import ChildProcess, Failed, Finished, JobEvent

PATIENCE_S = 60


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be counted does not."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.is_dir() and Path("/proc/self").exists():
        try:
            return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] not in ("Z", "X")
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.01)


def events_of(child: ChildProcess) -> list[JobEvent]:
    """Poll to the end; all that happened."""
    events: list[JobEvent] = []

    def ended() -> bool:
        events.extend(child.poll())
        return not child.running

    wait_for(ended)
    assert isinstance(events[-1], Finished | Failed)
    assert not any(isinstance(event, Finished | Failed) for event in events[:-1])
    assert child.poll() == []
    return events


@pytest.fixture
def start_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., ChildProcess]]:
    """Starts a Python program as a job; its temporary files lie in `tmp_path`, and nothing may be left of them."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    started: list[ChildProcess] = []

    def start(program: str, *arguments: str) -> ChildProcess:
        started.append(ChildProcess.start_command([sys.executable, "-c", program, *arguments]))
        return started[-1]

    yield start
    for child in started:
        child.kill()
    assert not list(tmp_path.glob("endodepth-job-*"))
