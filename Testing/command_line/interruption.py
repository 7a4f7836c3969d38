"""Ends a running `endodepth` at a chosen or random moment, as a power cut or an impatient user would."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from command_line.process import TIMEOUT_S, Outcome, command, environment

_POLL_S = 0.002


def end_when(
    arguments: Sequence[str | Path], moment: Callable[[], bool], how: int = getattr(signal, "SIGKILL", signal.SIGTERM)
) -> Outcome:
    """Run a command until `moment()` is true, then send it the signal `how` (default SIGKILL) and wait for its end.

    A command that ends by itself before is returned as it ended.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command(*arguments), stdout=out, stderr=err, env=environment(), preexec_fn=_LISTEN)
        deadline_s = time.monotonic() + TIMEOUT_S
        while child.poll() is None and not moment():
            assert time.monotonic() < deadline_s, f"the moment did not come in {TIMEOUT_S} s"
            time.sleep(_POLL_S)
        if child.poll() is None:
            child.send_signal(how)
        code = child.wait(TIMEOUT_S)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return Outcome(code, *texts)


def _listen_to_ctrl_c() -> None:
    """Undo what a shell does to the processes it starts in the background: they ignore SIGINT, and so do theirs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


_LISTEN = _listen_to_ctrl_c if os.name == "posix" else None


def frames_done(folder: Path, count: int) -> Callable[[], bool]:
    """The moment at which the picture of the frame number `count` stands in a results folder."""
    return lambda: (folder / "frames" / f"{count:06d}.png").is_file()


def scene_begun(folder: Path) -> Callable[[], bool]:
    """The moment at which the scene is being packed."""
    return lambda: any(folder.glob(".partial-scene*"))


class SinceFolder:
    """A clock that starts when `folder` appears; as a moment, it has come `delay_s` later."""

    def __init__(self, folder: Path, delay_s: float = math.inf) -> None:
        self._folder, self._delay_s = folder, delay_s
        self._started_s: float | None = None

    def __call__(self) -> bool:
        if self._started_s is None and self._folder.is_dir():
            self._started_s = time.monotonic()
        return self.elapsed_s >= self._delay_s

    @property
    def elapsed_s(self) -> float:
        """Seconds since the folder appeared; 0 before."""
        return 0.0 if self._started_s is None else time.monotonic() - self._started_s
