"""A results folder is written whole or resumable, and refuses what it should."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_case.lettered import LIVER, camera, depth, image, make_results, request, write_frame

from EndoDepthLib.errors import OutputError
from EndoDepthLib.results import ResultsFolder, ResultsWriter, atomic_write
from EndoDepthLib.results.atomic import write_error
from EndoDepthLib.values import Frame


def _contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_files_of_a_frame_have_the_agreed_names_and_types(tmp_path: Path) -> None:
    make_results(tmp_path / "out", request(camera()), 2)
    assert set(_contents(tmp_path / "out")) == {
        "results.json", "camera.json", "content.png",
        *(f"{kind}/00000{n}.{suffix}" for n in (0, 1) for kind, suffix in (
            ("frames", "png"), ("depth", "npy"), ("confidence", "npy"), ("labels", "png"), ("surfaces", "ply"))),
    }  # fmt: skip
    assert np.load(tmp_path / "out/depth/000001.npy", allow_pickle=False).dtype == np.float32
    assert np.load(tmp_path / "out/confidence/000001.npy", allow_pickle=False).dtype == np.float16
    manifest = json.loads((tmp_path / "out/results.json").read_text(encoding="utf-8"))
    assert manifest["complete"] is True
    assert manifest["frames"] == [{"index": 0, "time_s": 0.0}, {"index": 5, "time_s": 0.2}]
    assert manifest["request"]["segments"][0]["name"] == "Liver lobe"


def test_a_resumed_job_gives_the_same_bytes(tmp_path: Path) -> None:
    asked = request(camera())
    make_results(tmp_path / "whole", asked, 4)
    content = np.ones((asked.camera.height, asked.camera.width), bool)
    first = ResultsWriter.create(tmp_path / "cut", asked, content)
    for number in range(3):
        write_frame(first, number)
    # As a kill leaves it: the third frame lost its surface, the fourth is half there, something is half written.
    (tmp_path / "cut/surfaces/000002.ply").unlink()
    (tmp_path / "cut/frames/000003.png").write_bytes(b"half")
    (tmp_path / "cut/depth/.partial-000003.npy").write_bytes(b"half")
    second = ResultsWriter.resume(tmp_path / "cut", asked, content)
    assert [second.is_complete(n) for n in range(4)] == [True, True, False, False]
    for number in range(second.next_position, 4):
        write_frame(second, number)
    second.finish()
    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")
    again = ResultsWriter.resume(tmp_path / "cut", asked, content)
    assert again.next_position == 4
    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")


_JOB = """
import sys
from pathlib import Path
from EndoDepthLib.results import ResultsWriter
from sample_case.lettered import camera, request, write_frame
writer = ResultsWriter.resume(Path(sys.argv[1]), request(camera()))
for number in range(writer.next_position, 30):
    write_frame(writer, number)
    print(number, flush=True)
writer.finish()
"""


@pytest.mark.skipif(os.name == "nt", reason="uses SIGKILL")
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", _JOB]
    subprocess.run([*command, str(tmp_path / "whole")], env=environment, check=True, stdout=subprocess.DEVNULL)
    pauses = np.random.default_rng(3).uniform(0, 0.05, 3)
    for pause in pauses:
        job = subprocess.Popen([*command, str(tmp_path / "cut")], env=environment, stdout=subprocess.PIPE, text=True)
        assert job.stdout is not None
        job.stdout.readline()
        time.sleep(float(pause))
        job.send_signal(signal.SIGKILL)
        job.wait()
        job.stdout.close()
        listed = ResultsFolder.open(tmp_path / "cut")
        for position in range(len(listed)):
            assert np.array_equal(listed.frame(position).image, image(camera(), position))
    subprocess.run([*command, str(tmp_path / "cut")], env=environment, check=True, stdout=subprocess.DEVNULL)
    assert _contents(tmp_path / "cut") == _contents(tmp_path / "whole")


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for begin in (ResultsWriter.create, ResultsWriter.resume):
        with pytest.raises(OutputError, match=r"choose a new"):
            begin(tmp_path, request(camera()))
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(OutputError, match="is a file"):
        ResultsWriter.create(tmp_path / "notes.txt", request(camera()))


def test_resume_refuses_another_request_by_name(tmp_path: Path) -> None:
    asked = request(camera())
    make_results(tmp_path / "out", asked, 1)
    for other, name in (
        (replace(asked, weights_sha256="1" * 64), "weights_sha256"),
        (replace(asked, camera=replace(asked.camera, fx=99.0)), r"camera\.fx"),
        (replace(asked, segments=(LIVER,)), "segments"),
        (replace(asked, settings={"stride": 4}), r"settings\.stride = 2, now 4"),
    ):
        with pytest.raises(OutputError, match=name):
            ResultsWriter.resume(tmp_path / "out", other)


def test_resume_begins_again_after_a_kill_before_the_request_was_written(tmp_path: Path) -> None:
    (tmp_path / "out/frames").mkdir(parents=True)
    (tmp_path / "out/.partial-results.json").write_text("{", encoding="utf-8")
    assert ResultsWriter.resume(tmp_path / "out", request(camera())).next_position == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "000000.npy"
    (tmp_path / ".partial-000000.npy").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space left"):
        atomic_write(target, b"x" * 10000)
    assert list(tmp_path.iterdir()) == []


def test_errors_of_the_system_are_one_line(tmp_path: Path) -> None:
    message = str(write_error(tmp_path, OSError(errno.EACCES, "Permission denied")))
    assert "Permission denied" in message
    assert "\n" not in message
    with pytest.raises(OutputError, match="cannot write"):
        atomic_write(tmp_path / "missing" / "file.json", "{}")


def test_what_was_not_announced_is_a_mistake_of_the_driver(tmp_path: Path) -> None:
    writer = ResultsWriter.create(tmp_path / "out", request(camera(), has_surfaces=False))
    with pytest.raises(ValueError, match="frames come in order"):
        write_frame(writer, 1)
    with pytest.raises(OutputError, match="no frame"):
        writer.finish()


def test_validity_is_kept_when_it_was_announced(tmp_path: Path) -> None:
    asked = request(camera(), segments=(), has_surfaces=False, has_validity=True)
    writer = ResultsWriter.create(tmp_path / "out", asked)
    with pytest.raises(ValueError, match="validity"):
        write_frame(writer, 0)
    validity = np.arange(asked.camera.height * asked.camera.width).reshape(asked.camera.height, -1) % 3
    lens = asked.camera
    writer.write_frame(0, Frame(image(lens, 0)), depth(lens, 0), validity=validity.astype(np.uint8))
    results = ResultsFolder.open(tmp_path / "out")
    np.testing.assert_array_equal(results.validity(0), validity)
    (tmp_path / "out/validity/000000.png").unlink()
    assert ResultsWriter.resume(tmp_path / "out", asked).next_position == 0
