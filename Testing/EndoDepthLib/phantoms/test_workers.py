"""Clips rendered by several processes: the same pictures, whatever becomes of a worker, and nothing left running."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.phantoms import ClipSettings, PhantomFrame, render_video
from EndoDepthLib.phantoms.workers import ParallelRendering, processes_worth

TIMEOUT_S = 120
SETTINGS = ClipSettings("sinus", 7, 3, 64, 48)


@pytest.fixture(scope="module")
def undisturbed() -> list[PhantomFrame]:
    return list(render_video("sinus", 7, 3, 64, 48))


@pytest.fixture
def rendering() -> Iterator[ParallelRendering]:
    with ParallelRendering(SETTINGS, 2) as rendering:
        yield rendering
    assert not multiprocessing.active_children()


def wait_for_worker(rendering: ParallelRendering, frames: int) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while rendering.frames_from_workers < frames:
        assert time.monotonic() < deadline_s, "the worker renders nothing"
        time.sleep(0.01)


def assert_same(frames: list[PhantomFrame], others: list[PhantomFrame]) -> None:
    assert [frame.index for frame in frames] == [other.index for other in others]
    for frame, other in zip(frames, others, strict=True):
        for name in ("image", "depth", "labels", "content", "world_from_camera"):
            np.testing.assert_array_equal(getattr(frame, name), getattr(other, name), name)
        assert frame.camera == other.camera


def test_several_processes_give_the_pictures_of_one(
    rendering: ParallelRendering, undisturbed: list[PhantomFrame]
) -> None:
    clip = rendering.frames()
    first = next(clip)
    wait_for_worker(rendering, 3)  # frames 1 to 3: no more than these are made ahead
    assert_same([first, *clip], undisturbed)


def test_what_a_killed_worker_leaves_undone_is_done(
    rendering: ParallelRendering, undisturbed: list[PhantomFrame]
) -> None:
    clip = rendering.frames()
    first = next(clip)
    wait_for_worker(rendering, 1)
    (worker,) = multiprocessing.active_children()
    worker.kill()
    assert_same([first, *clip], undisturbed)


def test_one_process_needs_no_worker(undisturbed: list[PhantomFrame]) -> None:
    with ParallelRendering(SETTINGS, 1) as rendering:
        assert not multiprocessing.active_children()
        assert_same(list(rendering.frames()), undisturbed)


_KILLED_PROGRAM = """
import sys, time
from EndoDepthLib.phantoms import ClipSettings
from EndoDepthLib.phantoms.workers import ParallelRendering

if __name__ == "__main__":
    with ParallelRendering(ClipSettings("colon", 9, 0, 640, 480), 3):
        print("started", flush=True)
        time.sleep(600)
"""


def test_a_killed_program_leaves_no_worker(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_KILLED_PROGRAM, encoding="utf-8")
    with subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.kill()
        # Workers hold this end of the output as well: it is at its end when none of them is there any more.
        assert process.communicate(timeout=TIMEOUT_S)[0] == ""


def test_only_clips_that_last_are_worth_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    long = ClipSettings("colon", 600, 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(4)), raising=False)
    assert processes_worth(long) == 4
    assert processes_worth(ClipSettings("colon", 20, 0)) == 2
    assert processes_worth(ClipSettings("colon", 4, 0)) == 1
    assert processes_worth(ClipSettings("colon", 600, 0, 3840, 2160)) == 1  # memory
    assert processes_worth(ClipSettings("colon", 600, 0, device="cuda")) == 1
    monkeypatch.setattr("sys.executable", "/opt/Slicer/bin/SlicerApp-real")
    assert processes_worth(long) == 1
