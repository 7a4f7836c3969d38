"""The command line run as a user runs it: `python -m EndoDepthCLI` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 900


@dataclass(frozen=True)
class Outcome:
    """How a command ended: 0 done, 2 the user's mistake, 130 interrupted; and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def error_lines(self) -> list[str]:
        """The lines on stderr that report an error."""
        return [line for line in self.stderr.splitlines() if line.startswith("endodepth: error:")]

    @property
    def warnings(self) -> list[str]:
        """The lines on stderr that warn."""
        return [line for line in self.stderr.splitlines() if line.startswith("endodepth: warning:")]


def environment() -> dict[str, str]:
    """The environment of a child: one thread, UTF-8, and nothing written beside the sources."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


def command(*arguments: str | Path) -> list[str]:
    """The command line of a process that runs `endodepth` with these arguments."""
    return [sys.executable, "-m", "EndoDepthCLI", *map(str, arguments)]


def endodepth(*arguments: str | Path) -> Outcome:
    """Run one command to its end."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_S, env=environment()
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def endodepth_in_one_process(calls: Mapping[str, Sequence[str | Path]]) -> dict[str, Outcome]:
    """Run several commands one after the other in one process, since loading torch takes longer than most of them."""
    text = json.dumps({name: [str(argument) for argument in arguments] for name, arguments in calls.items()})
    script = Path(__file__).with_name("batch.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    return {name: Outcome(*values) for name, values in json.loads(done.stdout).items()}
