"""Starting a process so that it can be ended together with everything that it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

_LEADER_ENDS_IN_S = 1.2
_GROUP_ENDS_IN_S = 0.5
_POLL_S = 0.01


def start_tree(
    command: Sequence[str], environment: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a command at the head of a process group of its own, without a console window on Windows.

    Raises OSError when it cannot be started.
    """
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return subprocess.Popen(
        list(command), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=dict(environment), **options
    )


def end_remains(process: subprocess.Popen[bytes]) -> None:
    """End what a process left running when it ended by itself; does not wait."""
    if sys.platform != "win32":
        _signal_group(process.pid, signal.SIGKILL)


def interrupt_tree(process: subprocess.Popen[bytes]) -> bool:
    """Ask a process, as Ctrl-C does, to end when it has saved its work; whether it could be asked.

    On Windows a process without a console cannot be.
    """
    return sys.platform != "win32" and _signal_group(process.pid, signal.SIGINT)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, within 2 s, and take its exit status."""
    if sys.platform == "win32":
        _end_tree_windows(process)
        return
    _signal_group(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):  # a process that waits for a dead disk ends when the disk answers
        process.wait(_LEADER_ENDS_IN_S)
    deadline_s = time.monotonic() + _GROUP_ENDS_IN_S
    while _signal_group(process.pid, 0) and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)


def _signal_group(group: int, number: int) -> bool:
    """Signal a process group; whether there was one to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses when only zombies are left
        return False
    return True


def _end_tree_windows(process: subprocess.Popen[bytes]) -> None:
    no_window = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=no_window,
            timeout=_LEADER_ENDS_IN_S,
        )
    with suppress(OSError):
        process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GROUP_ENDS_IN_S)
