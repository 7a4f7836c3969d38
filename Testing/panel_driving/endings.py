"""What may be left of a job that was ended: nothing."""

from __future__ import annotations

from pathlib import Path

import slicer

LEAVE_A_TRACE = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(value_of("--output")).parent.joinpath("pids").write_text(f"{os.getpid()} {child.pid}")
"""
LONG = "time.sleep(600)"


def pids_of() -> list[int]:
    """The processes that a child which left a trace consists of."""
    found = list(Path(slicer.app.temporaryPath).glob("endodepth-job-*/pids"))
    return [int(text) for path in found for text in path.read_text(encoding="utf-8").split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def left_over() -> list[Path]:
    """Temporary folders of jobs."""
    return list(Path(slicer.app.temporaryPath).glob("endodepth-job-*"))
