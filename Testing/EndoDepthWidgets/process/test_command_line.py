"""The true command line as a child: on a tiny clip, failing, killed, without torch, and when its owner is gone."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from command_line.material import write_pictures, write_untrained_weights, write_video

from EndoDepthLib.results import FramesFolder, ResultsFolder
from EndoDepthWidgets.process import Answered, ChildProcess, Failed, Finished, FrameReady, Progress, Warned

from .conftest import events_of, is_alive, wait_for

POSIX = pytest.mark.skipif(os.name == "nt", reason="looks at processes as POSIX does")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("child")
    write_video(folder / "clip.mp4", 4)
    return folder


def test_a_reconstruction_tells_frames_that_can_be_read(folder: Path) -> None:
    weights = write_untrained_weights(folder / "untrained.safetensors")
    child = ChildProcess.start(
        ["reconstruct", str(folder / "clip.mp4"), "--output", str(folder / "results"), "--results-only"]
        + ["--weights", str(weights), "--prompt", "liver"]
    )
    events = events_of(child)
    assert events[-1] == Finished(), child.log
    assert [event.position for event in events if isinstance(event, FrameReady)] == [0, 1, 2, 3]
    assert [event.stage for event in events if isinstance(event, Progress)][0] == "prepare"
    assert any(isinstance(event, Warned) for event in events)
    assert ResultsFolder.open(folder / "results").is_complete
    assert "stage: frames (4)" in child.log and "4 frames in" in child.log


def test_a_question_is_answered(folder: Path) -> None:
    *_, answered, finished = events_of(ChildProcess.start(["inspect", str(folder / "clip.mp4")]))
    assert isinstance(answered, Answered) and answered.value["frames"] == 4
    assert finished == Finished()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["inspect", "none.mp4"], "none.mp4 does not exist"),
        (["inspect"], "the following arguments are required: INPUT"),
        (["nonsense"], "nonsense"),
    ],
)
def test_our_own_errors_are_passed_on(arguments: list[str], words: str) -> None:
    failed = events_of(ChildProcess.start(arguments))[-1]
    assert isinstance(failed, Failed)
    assert words in failed.message and "\n" not in failed.message and "Traceback" not in failed.log_tail


def test_no_torch_is_said_so(folder: Path) -> None:
    # Installed, our packages lie beside the real torch and come first: hidden is what no folder can show again.
    (folder / "without").mkdir()
    (folder / "without" / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "without"), *sys.path])}
    failed = events_of(ChildProcess.start(["devices"], environment))[-1]
    assert isinstance(failed, Failed)
    assert "'torch' is not installed" in failed.message


def test_a_killed_child_leaves_whole_pictures(folder: Path) -> None:
    pictures = write_pictures(folder / "pictures", 60, 320, 240)
    child = ChildProcess.start(["frames", str(pictures), "--output", str(folder / "frames")])
    wait_for(lambda: any(isinstance(event, FrameReady) for event in child.poll()))
    child.kill()
    frames = FramesFolder.open(folder / "frames")
    assert 1 <= len(frames) < 60 and not frames.is_complete
    assert all(frames.path(position).stat().st_size > 0 for position in range(len(frames)))


@POSIX
def test_a_child_leaves_its_owner_the_processor(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", 200)
    child = ChildProcess.start(["frames", str(tmp_path / "pictures"), "--output", str(tmp_path / "frames")])
    try:
        wait_for(lambda: any(isinstance(event, Progress) for event in child.poll()))
        assert os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    finally:
        child.kill()


@POSIX
def test_a_child_whose_owner_crashes_ends_too(tmp_path: Path) -> None:
    """The child is our command line with a question that takes ten minutes."""
    endless = (
        "import time, EndoDepthLib.inference.device as device\n"
        "device.present_devices = lambda: (print('asked'), time.sleep(600))\n"
        "from EndoDepthCLI.main import main\n"
        "main(['devices', '--progress', 'json'])"
    )
    owner = textwrap.dedent(
        """
        import os, sys, time
        from EndoDepthWidgets.process import ChildProcess, Logged
        child = ChildProcess.start_command([sys.executable, "-c", sys.argv[1]])
        while Logged("asked") not in child.poll(): time.sleep(0.01)
        print(child.pid, flush=True)
        os._exit(1)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", owner, endless],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    pid = int(done.stdout)
    wait_for(lambda: not is_alive(pid))
