"""`endodepth synthesize` with worker processes, stopped as a terminal stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from command_line.interruption import frames_done
from command_line.process import TIMEOUT_S, command, environment


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to the whole console, the tests' own included")
def test_ctrl_c_ends_all_processes_without_a_word_from_the_workers(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    run = command("synthesize", "sinus", "--frames", "3000", "--width", "64", "--height", "48", "--output", clip)
    started = frames_done(clip, 1)
    with subprocess.Popen(
        run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    ) as process:
        deadline_s = time.monotonic() + TIMEOUT_S
        while not started():
            assert process.poll() is None and time.monotonic() < deadline_s
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        # Workers hold the ends of the output as well: all of it is read when the last of them has ended.
        said, complaint = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert said == ""
    assert complaint.splitlines()[-1] == "endodepth: interrupted"
    assert "Traceback" not in complaint
    assert not list(clip.rglob(".partial-*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to hold back")
@pytest.mark.parametrize("threads", [0, 1], ids=["alone", "beside a thread that takes the signal"])
def test_ctrl_c_while_a_worker_starts_is_heard_when_it_has_started(threads: int) -> None:
    from EndoDepthLib.phantoms.workers import _deaf_to_ctrl_c

    ended = threading.Event()
    others = [threading.Thread(target=ended.wait) for _ in range(threads)]
    for other in others:
        other.start()
    started, handler = False, signal.getsignal(signal.SIGINT)
    try:
        with pytest.raises(KeyboardInterrupt), _deaf_to_ctrl_c():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)  # whoever takes the signal has taken it
            started = True
    finally:
        ended.set()
        for other in others:
            other.join()
    assert started
    assert signal.getsignal(signal.SIGINT) is handler
