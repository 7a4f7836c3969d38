"""Why a child process ended without finishing, in one line for the user."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

_LAUNCHER_SIGNAL_BASE = 128  # PythonSlicer and shells report "killed by signal N" as 128 + N
_WINDOWS_CRASHES = {
    0xC0000005: "it crashed (access violation)",
    0xC0000017: "",  # no memory
    0xC000012D: "",  # commitment limit: no memory
    0xC0000409: "it crashed (stack buffer overrun)",
    0xC000013A: "it was ended from outside (Ctrl-C)",
}
_WINDOWS_MEMORY = (0xC0000017, 0xC000012D)
_OWN_LINE = re.compile(r"endodepth: error: (.+)")
_MEMORY = re.compile(
    r"MemoryError\b|OutOfMemoryError|out of memory|not enough memory|can't allocate memory|"
    r"[Cc]annot allocate memory|bad_alloc",
)
_DISK_FULL = re.compile(r"No space left on device|Errno 28\b|[Nn]ot enough space on the disk|Disk quota exceeded")
_MISSING = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit|Warning)\b")
_LONGEST_QUOTE = 300

_OUT_OF_MEMORY = (
    "there was not enough memory; close other programs, keep fewer frames (range, every N-th), or take smaller images"
)
_PACKAGE_NAMES = {"cv2": "opencv-python-headless", "torch": "PyTorch", "EndoDepthCLI": "EndoDepth itself"}


def describe_end(exit_code: int, said: str | None, lines: Sequence[str], noise: Sequence[str]) -> str:
    """One line that says why the process failed.

    exit_code: as of `subprocess`, negative for a signal. said: the error that the process reported itself, if any.
    lines: the end of its log. noise: what it said on stdout that tells no event.
    """
    if said:
        return said
    own = [found[1] for line in lines if (found := _OWN_LINE.match(line))]
    if own:
        return own[-1]
    killer = _signal_number(exit_code)
    if exit_code & 0xFFFFFFFF in _WINDOWS_MEMORY or _any(_MEMORY, lines):
        return f"The job ended: {_OUT_OF_MEMORY}."
    if _any(_DISK_FULL, lines):
        return "The job ended: the disk is full; free some space, or choose another folder, and run it again."
    missing = [found[1] for line in lines if (found := _MISSING.search(line))]
    if missing:
        top = missing[-1].partition(".")[0]
        return (
            f"The job ended: {_PACKAGE_NAMES.get(top, top)} is not installed in this Python; install it and try again."
        )
    if killer is not None:
        return f"The job ended: {_by_signal(killer)}."
    exceptions = [line.strip() for line in lines if _EXCEPTION.match(line)]
    if exceptions and any(line.startswith("Traceback ") for line in lines):
        return f"The job ended by a defect of the program: {_quote(exceptions[-1])}"
    if crash := _WINDOWS_CRASHES.get(exit_code & 0xFFFFFFFF):
        return f"The job ended: {crash}."
    if noise:
        return (
            f"The job ended (exit code {exit_code}) without saying that it was done; it printed "
            f"{_lines(len(noise))} that mean nothing to this program, the last: {_quote(noise[-1])}"
        )
    if lines:
        return (
            f"The job ended (exit code {exit_code}) without saying that it was done; its last line: {_quote(lines[-1])}"
        )
    return f"The job ended (exit code {exit_code}) and said nothing; try again, and look whether memory runs out."


def _signal_number(exit_code: int) -> int | None:
    if -signal.NSIG < exit_code < 0:
        return -exit_code
    number = exit_code - _LAUNCHER_SIGNAL_BASE
    return number if 0 < number < signal.NSIG else None


def _by_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    if name == "SIGKILL":
        return (
            f"it was killed (signal {number}, {name}). The system does that when memory runs out: close other "
            "programs, keep fewer frames (range, every N-th), or take smaller images"
        )
    if name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE"):
        return (
            f"it crashed (signal {number}, {name}); a package may be damaged: install PyTorch again, or choose the CPU"
        )
    return f"it was ended from outside (signal {number}, {name}); run it again"


def _any(pattern: re.Pattern[str], lines: Sequence[str]) -> bool:
    return any(pattern.search(line) for line in lines)


def _quote(line: str) -> str:
    text = " ".join(line.split())
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "..."


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
