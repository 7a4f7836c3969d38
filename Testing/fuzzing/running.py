"""Reads damaged inputs in processes that may crash, hang or want too much memory, and says which ones did."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from command_line.process import environment

MEMORY_BYTES = 1 << 30
HANG_S = 5.0
_START_S = 300.0
_POLL_S = 0.1
_MOST_ENDS = 25


@dataclass
class Findings:
    """What came of the inputs of one parser. problems: by what happened, the numbers of some inputs that show it."""

    inputs: int = 0
    seconds: float = 0.0
    problems: dict[str, list[int]] = field(default_factory=dict)

    def add(self, problem: str, number: int) -> None:
        """Note one input."""
        self.problems.setdefault(problem, []).append(number)


def fuzz(name: str, inputs: int, seed: int = 0, memory_bytes: int = MEMORY_BYTES, hang_s: float = HANG_S) -> Findings:
    """Have parser `name` read so many damaged inputs; a process that ends or hangs is replaced by one that goes on."""
    findings, started_s, first = Findings(), time.monotonic(), 0
    for _ in range(_MOST_ENDS):
        last, how = _run(name, first, inputs, seed, memory_bytes, findings, hang_s)
        if how is None:
            break
        findings.add(how, last)
        first = last + 1
    findings.inputs, findings.seconds = (inputs if how is None else first), time.monotonic() - started_s
    return findings


def _run(
    name: str, first: int, end: int, seed: int, memory_bytes: int, findings: Findings, hang_s: float
) -> tuple[int, str | None]:
    """The last input that was read, and how the process ended before its end; None when it got there."""
    script = Path(__file__).with_name("child.py")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, tempfile.TemporaryFile() as said:
        arguments = [name, first, end, seed, Path(folder) / "scratch", memory_bytes]
        process = subprocess.Popen(
            [sys.executable, str(script), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=environment() | {"PYTHONWARNINGS": "ignore"},
        )
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(process, lines), daemon=True).start()
        last, begun_s, cpu_s = first - 1, time.monotonic(), 0.0
        try:
            while True:
                try:
                    line = lines.get(timeout=_POLL_S)
                except queue.Empty:
                    # On a busy machine a process waits for others: its own seconds count, unless it only sleeps.
                    waited_s, computed_s = time.monotonic() - begun_s, _cpu_s(process.pid) - cpu_s
                    if last >= first and (computed_s > hang_s or waited_s > 12 * hang_s):
                        return last, f"hangs for more than {hang_s:g} s"
                    assert last >= first or waited_s < _START_S, "the process does not start"
                    continue
                if line is None:
                    said.seek(0)
                    words = said.read().decode("utf-8", "replace").strip().splitlines()
                    assert last >= first or process.wait() == 0, "\n".join(words[-20:])
                    return last, f"ends the process with {process.wait()} ({' '.join(words[-1:])[:120]})"
                if line.strip() == "end":
                    return last, None
                if line.startswith("{"):
                    told = json.loads(line)
                    findings.add(told["problem"], told["number"])
                elif line.strip().isdecimal():
                    last, begun_s, cpu_s = int(line), time.monotonic(), _cpu_s(process.pid)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _listen(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except ValueError:  # closed while we read
        pass
    lines.put(None)


def _cpu_s(pid: int) -> float:
    """Seconds that a process has computed; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
