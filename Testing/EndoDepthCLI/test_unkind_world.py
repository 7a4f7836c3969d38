"""Sleeping programs, lost shares, full disks, cases that hang or want all memory: a clear end, and nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.comparison import differences
from command_line.interruption import end_when
from command_line.material import write_pictures, write_video
from command_line.process import Outcome, command, endodepth, environment

from EndoDepthLib.errors import InputError
from EndoDepthLib.video import Video

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has none of these signals")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good cases, and one whose only picture is so large that its network pass and depth need gigabytes."""
    folder = tmp_path_factory.mktemp("archive")
    write_pictures(folder / "short", 3)
    write_video(folder / "long.mp4", 40)
    (folder / "huge").mkdir()
    assert cv2.imwrite(str(folder / "huge" / "0.png"), np.full((5600, 7000, 3), 90, np.uint8))
    return folder


def batch(archive: Path, weights: Path, output: Path, *inputs: str) -> list[str | Path]:
    manifest = archive / f"{'-'.join(inputs)}.csv"
    manifest.write_text("input,kind\n" + "".join(f"{each},depth\n" for each in inputs), encoding="utf-8")
    return ["batch", manifest, "--output", output, "--weights", weights, "--takeover-after", "3"]


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline_s and process.poll() is None
        time.sleep(0.01)


def begin(arguments: list[str | Path]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end_of(process: subprocess.Popen[str]) -> Outcome:
    out, err = process.communicate(timeout=180)
    return Outcome(process.returncode, out, err)


def child_of(process: subprocess.Popen[str]) -> int:
    return int(subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()[0])


def test_a_case_that_hangs_and_one_that_takes_all_memory(tmp_path: Path, archive: Path, weights: Path) -> None:
    output = tmp_path / "out"
    limits = ["--case-timeout", "8", "--case-memory", "0.9", "--attempts", "2"]
    running = begin([*batch(archive, weights, output, "long.mp4", "huge", "short"), *limits])
    wait_for(lambda: list(output.glob("work/long.*/000002.npy")), running)
    os.kill(child_of(running), signal.SIGSTOP)  # a process that hangs looks like this
    outcome = end_of(running)
    assert outcome.exit_code == 2, outcome.stderr
    (line,) = outcome.error_lines
    assert "1 of 3 cases failed, 2 are done" in line and "row 3 'huge'" in line
    assert "given up after 2 attempts" in line and "--case-memory 0.9 GB" in line
    assert {path.name for path in (output / "cases").iterdir()} == {"long", "short"}
    assert '"attempts": 2' in next(output.glob("state/long.done.*.json")).read_text(encoding="utf-8")
    assert not list(output.rglob(".partial-*")) and not list((output / "work").iterdir())


@pytest.fixture(scope="module")
def alone(archive: Path, weights: Path) -> Path:
    """The long case by itself; its folder was lost on the way and came back."""
    share, elsewhere = archive / "share", archive / "elsewhere"
    share.mkdir()
    run = ["depth", archive / "long.mp4", "--output", share / "one", "--weights", weights]

    def lose_it() -> bool:
        if (share / "one" / "000002.npy").exists():
            share.rename(elsewhere)
        return False

    lost = end_when(run, lose_it)
    assert lost.exit_code == 2 and len(lost.error_lines) == 1, lost.stderr
    assert not share.exists() and not list(elsewhere.rglob(".partial-*"))
    elsewhere.rename(share)
    assert endodepth(*run, "--resume").exit_code == 0
    return share / "one"


def test_a_sleeping_computer_goes_on_where_it_was(tmp_path: Path, archive: Path, weights: Path, alone: Path) -> None:
    """The whole program stops for longer than others wait; one of them takes its case over, and both end well."""
    output = tmp_path / "out"
    arguments = batch(archive, weights, output, "long.mp4")
    sleeper = begin(arguments)
    wait_for(lambda: list(output.glob("work/long.0001/000002.npy")), sleeper)
    child = child_of(sleeper)
    for pid in (child, sleeper.pid):
        os.kill(pid, signal.SIGSTOP)
    other = end_of(begin(arguments))
    for pid in (child, sleeper.pid):
        os.kill(pid, signal.SIGCONT)
    woken = end_of(sleeper)
    for outcome in (other, woken):
        assert outcome.exit_code == 0, outcome.stderr
        assert "1 of 1 cases done" in outcome.stdout
    assert differences(alone, output / "cases" / "long") == []
    assert not list(output.rglob(".partial-*")) and not list((output / "work").iterdir())


def test_a_share_that_disappears(tmp_path: Path, archive: Path, weights: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    arguments = batch(archive, weights, share / "out", "long.mp4", "short")
    running = begin(arguments)
    wait_for(lambda: list((share / "out").glob("work/long.0001/000002.npy")), running)
    share.rename(tmp_path / "elsewhere")
    lost = end_of(running)
    assert lost.exit_code == 2, lost.stderr
    (line,) = lost.error_lines
    assert str(share / "out") in line and "Traceback" not in lost.stderr
    assert not share.exists()  # nothing is written where it was
    (tmp_path / "elsewhere").rename(share)
    assert endodepth(*arguments).exit_code == 0


def test_a_disk_without_room_ends_the_batch_and_not_the_case(tmp_path: Path, archive: Path, weights: Path) -> None:
    limited = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"  # an array of depth has 24,704 bytes
        "from EndoDepthCLI.main import main\nsys.exit(main())"
    )
    arguments = batch(archive, weights, tmp_path / "out", "short")
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, arguments)], capture_output=True, text=True, env=environment()
    )
    refused = Outcome(done.returncode, done.stdout, done.stderr)
    assert refused.exit_code == 2 and len(refused.error_lines) == 1, refused.stderr
    assert "failed" not in refused.error_lines[0]
    assert not list(tmp_path.rglob(".partial-*")) and not list((tmp_path / "out").rglob("*.failed.*"))
    assert list((tmp_path / "out" / "state").glob("short.*.released"))  # the next run does it


def test_pictures_that_state_absurd_sizes_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    for suffix, at, code in ((".png", 16, "big"), (".bmp", 18, "little")):
        data = bytearray(cv2.imencode(suffix, np.zeros((32, 32, 3), np.uint8))[1].tobytes())
        data[at : at + 8] = (60_000).to_bytes(4, code) * 2
        (tmp_path / f"vast{suffix}").write_bytes(data)
        with pytest.raises(InputError, match="60000x60000 pixels; at most 50 million"):
            Video.open(tmp_path / f"vast{suffix}")
