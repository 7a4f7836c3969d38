"""Children that finish, fail, are killed, eat memory and print garbage: real processes, really killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from EndoDepthLib.errors import SettingsError
from EndoDepthWidgets.process import (
    Answered,
    ChildProcess,
    Failed,
    Finished,
    FrameReady,
    Logged,
    Progress,
    Warned,
)

from .conftest import events_of, is_alive, wait_for

Start = Callable[..., ChildProcess]
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and resource limits are POSIX's")

TELLS_EVERYTHING = r"""
import sys
print('{"event": "progress", "stage": "frames", "done": 1, "total": 2, "remaining_s": 3.5}')
print('{"event": "progress", "stage": "prepare", "done": 0, "total": null, "remaining_s": null}')
print('{"event": "frame_ready", "position": 0}')
print('{"event": "warning", "text": "the lens is guessed"}')
print('{"event": "answer", "value": {"frames": 7}}')
print("a library's own line")
print('{"event": "finished"}', end="")   # the last line lacks its end
"""

HAS_CHILDREN = r"""
import subprocess, sys, time
inner = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);" \
        "print(p.pid, flush=True); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", inner])
print(child.pid, flush=True)
time.sleep(float(sys.argv[1]))
"""


def test_everything_a_child_tells_arrives_in_order(start_python: Start) -> None:
    child = start_python(TELLS_EVERYTHING)
    assert child.running
    assert events_of(child) == [
        Progress("frames", 1, 2, 3.5),
        Progress("prepare", 0, None, None),
        FrameReady(0),
        Warned("the lens is guessed"),
        Answered({"frames": 7}),
        Logged("a library's own line"),
        Finished(),
    ]
    assert child.log.splitlines() == [
        "stage: frames (2)",
        "stage: prepare",
        "warning: the lens is guessed",
        "a library's own line",
    ]


def test_half_a_line_waits_for_its_other_half(start_python: Start, tmp_path: Path) -> None:
    go_on = tmp_path / "go on"
    child = start_python(
        "import sys, time, pathlib\n"
        'sys.stdout.write(\'{"event": "frame_\'); sys.stdout.flush(); print("half", file=sys.stderr, flush=True)\n'
        "while not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)\n"
        'sys.stdout.write(\'ready", "position": 4}\\n{"event": "finished"}\\n\')',
        str(go_on),
    )
    events = []
    wait_for(lambda: bool(events.extend(child.poll()) or events))
    assert events == [Logged("half")]
    go_on.touch()
    assert events_of(child) == [FrameReady(4), Finished()]


def test_garbage_is_said_to_be_garbage(start_python: Start) -> None:
    child = start_python(
        "import os, sys\n"
        r"os.write(1, bytes(range(256)) * 20 + b'\n'); "
        r"""os.write(1, b'{"event": "progress"}\n{"event": 1}\n[]\n{{{{\n\xff\xfe\r\rlast words')"""
    )
    *heard, failed = events_of(child)
    assert all(isinstance(event, Logged) for event in heard)
    assert Logged('{"event": "progress"}') in heard
    assert isinstance(failed, Failed)
    assert "exit code 0" in failed.message and "mean nothing" in failed.message and "last words" in failed.message
    assert failed.log_tail.endswith("last words")
    assert "\0" not in child.log and "\n" not in failed.message


def test_a_flood_of_garbage_is_ended(start_python: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("EndoDepthWidgets.process.child._TOO_MUCH_BYTES", 3_000_000)
    child = start_python("while True: print('x' * 10_000)")
    failed = events_of(child)[-1]
    assert isinstance(failed, Failed) and "printed more than 3 MB" in failed.message
    assert len(child.log) < 3_000_000
    assert not is_alive(child.pid)


def test_a_line_without_end_does_not_pile_up(start_python: Start) -> None:
    child = start_python("import sys\nfor _ in range(50): sys.stdout.write('y' * 100_000)")
    events_of(child)
    assert len(child.log) < 50_000


@POSIX
def test_kill_ends_the_whole_tree_and_tells_no_more(start_python: Start) -> None:
    child = start_python(HAS_CHILDREN, "600")
    pids = _pids_told(child, 2)
    assert all(is_alive(pid) for pid in [child.pid, *pids])
    began_s = time.monotonic()
    child.kill()
    assert time.monotonic() - began_s < 2
    assert not child.running
    assert child.poll() == []
    assert not any(is_alive(pid) for pid in [child.pid, *pids])
    with pytest.raises(ChildProcessError):  # its exit status was taken: no zombie
        os.waitpid(child.pid, os.WNOHANG)
    child.kill()


@POSIX
def test_what_a_child_leaves_running_is_ended_with_it(start_python: Start) -> None:
    child = start_python(HAS_CHILDREN, "0.3")
    pids = _pids_told(child, 2)
    assert isinstance(events_of(child)[-1], Failed)
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


@POSIX
def test_a_child_that_ignores_requests_to_end_is_killed_all_the_same(start_python: Start) -> None:
    child = start_python(
        "import signal, time\n"
        "for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)\n"
        "print('deaf', flush=True); time.sleep(600)"
    )
    wait_for(lambda: Logged("deaf") in child.poll())
    child.kill()
    assert not is_alive(child.pid)


@POSIX
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, ("killed (signal 9", "memory")),
        (signal.SIGSEGV, ("crashed", "SIGSEGV")),
        (signal.SIGTERM, ("ended from outside", "SIGTERM")),
    ],
)
def test_a_child_that_a_signal_ends_says_so(start_python: Start, number: int, words: tuple[str, ...]) -> None:
    child = start_python("import time; print('working on frame 12', flush=True); time.sleep(600)")
    wait_for(lambda: bool(child.poll()))
    os.kill(child.pid, number)
    (failed,) = events_of(child)
    assert isinstance(failed, Failed)
    assert all(word in failed.message for word in words), failed.message
    assert failed.log_tail == "working on frame 12"


@POSIX
@pytest.mark.parametrize("code", ["[bytearray(10**8) for _ in range(100)]", "import numpy; numpy.ones(10**10)"])
def test_a_child_that_eats_memory_says_so(start_python: Start, code: str) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
    (*_, failed) = events_of(start_python(limit + code))
    assert isinstance(failed, Failed)
    assert "not enough memory" in failed.message
    assert "MemoryError" in failed.log_tail


def test_torch_out_of_memory_says_so(start_python: Start) -> None:
    (*_, failed) = events_of(
        start_python("import torch\ntorch.empty(10**15)"),
    )
    assert isinstance(failed, Failed) and "not enough memory" in failed.message, failed


def test_a_command_that_cannot_be_started_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SettingsError, match="cannot be started"):
        ChildProcess.start_command([str(tmp_path / "no such program")])
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_not_there_is_named(start_python: Start) -> None:
    (*_, failed) = events_of(start_python("import sys; sys.modules['torch'] = None\nimport torch.nn"))
    assert isinstance(failed, Failed)
    assert "torch" in failed.message.lower(), failed.message


def test_a_defect_shows_the_last_line_of_its_traceback(start_python: Start) -> None:
    (*_, failed) = events_of(start_python("def f(): raise ValueError('the moon is full')\nf()"))
    assert isinstance(failed, Failed)
    assert failed.message.endswith("ValueError: the moon is full") and "defect" in failed.message
    assert "Traceback" in failed.log_tail


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_says_so(start_python: Start) -> None:
    (*_, failed) = events_of(start_python("with open('/dev/full', 'w') as f: f.write('x')"))
    assert isinstance(failed, Failed) and "disk is full" in failed.message


def test_a_silent_end_is_told(start_python: Start) -> None:
    (failed,) = events_of(start_python("raise SystemExit(3)"))
    assert isinstance(failed, Failed) and "exit code 3" in failed.message and failed.log_tail == ""


def test_a_crash_after_the_work_is_done_spoils_nothing(start_python: Start) -> None:
    child = start_python('import os; print(\'{"event": "finished"}\', flush=True); os.abort()')
    assert events_of(child)[-1] == Finished()


def test_standard_input_is_closed(start_python: Start) -> None:
    (*_, failed) = events_of(start_python("import sys; print(repr(sys.stdin.read()))"))
    assert isinstance(failed, Failed) and failed.log_tail == "''"


def _pids_told(child: ChildProcess, count: int) -> list[int]:
    told: list[int] = []

    def all_told() -> bool:
        told.extend(int(event.text) for event in child.poll() if isinstance(event, Logged))
        return len(told) == count

    wait_for(all_told)
    return told
