"""A disk that fills up: one clear line, exit code 2, no half-written file, and --resume when there is room again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line.comparison import differences
from command_line.interruption import end_when, frames_done
from command_line.process import Outcome, endodepth, environment

MIB = 1 << 20

# A limit on the size of one file refuses bytes as a full disk does, and needs no rights.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from EndoDepthCLI.main import main
sys.exit(main())
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root on Linux")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={24 * MIB}", "tmpfs", folder]).returncode:
        pytest.skip("this system does not let a small disk be mounted")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_too_small_is_noticed_before_anything_is_written(
    small_disk: Path, job: list[str | Path]
) -> None:
    (small_disk / "others").write_bytes(bytes(23 * MIB))
    outcome = endodepth(*job, "--output", small_disk / "results")
    assert outcome.exit_code == 2
    (line,) = outcome.error_lines
    assert "free" in line and "needs" in line
    assert not (small_disk / "results").exists()


def test_a_disk_that_fills_up_while_frames_are_written(
    small_disk: Path, job: list[str | Path], undisturbed: Path
) -> None:
    folder, filler = small_disk / "results", small_disk / "others"
    run = [*job, "--output", folder]

    def fill_at_the_first_frame() -> bool:
        if frames_done(folder, 0)() and not filler.exists():
            with filler.open("wb") as file:
                try:
                    while True:
                        file.write(bytes(MIB // 16))
                        file.flush()
                except OSError:
                    pass
        return False

    outcome = end_when(run, fill_at_the_first_frame)
    check_refused_cleanly(outcome, folder)
    filler.unlink()
    check_resumed(run, folder, undisturbed)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("largest_file", [40_000, 700_000], ids=["surface", "scene"])
def test_files_that_the_system_refuses(
    tmp_path: Path, job: list[str | Path], undisturbed: Path, largest_file: int
) -> None:
    folder = tmp_path / "results"
    run = [*job, "--output", folder]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(largest_file), *map(str, run)],
        capture_output=True,
        text=True,
        env=environment(),
    )
    check_refused_cleanly(Outcome(done.returncode, done.stdout, done.stderr), folder)
    check_resumed(run, folder, undisturbed)


def check_refused_cleanly(outcome: Outcome, folder: Path) -> None:
    assert outcome.exit_code == 2, outcome.stderr
    assert len(outcome.error_lines) == 1, outcome.stderr
    assert outcome.stderr.splitlines()[-1] == outcome.error_lines[0]
    assert "Traceback" not in outcome.stderr
    assert str(folder) in outcome.error_lines[0]
    assert not list(folder.rglob(".partial-*"))
    assert not (folder / "report.json").exists()


def check_resumed(run: list[str | Path], folder: Path, undisturbed: Path) -> None:
    resumed = endodepth(*run, "--resume")
    assert resumed.exit_code == 0, resumed.stderr
    assert differences(folder, undisturbed) == []
