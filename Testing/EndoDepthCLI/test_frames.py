"""`endodepth frames`: the decoded pixels and their times, resumable, readable without OpenCV."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.comparison import contents
from command_line.interruption import end_when
from command_line.material import write_pictures, write_video
from command_line.process import Outcome, endodepth, endodepth_in_one_process

from EndoDepthLib.errors import InputError
from EndoDepthLib.results import FramesFolder
from EndoDepthLib.video import Video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("frames")


@pytest.fixture(scope="module")
def outcomes(folder: Path, video: Path, pictures: Path) -> dict[str, Outcome]:
    (folder / "occupied").mkdir()
    (folder / "occupied" / "thesis.txt").touch()
    (folder / "empty").mkdir()
    return endodepth_in_one_process(
        {
            "some": ["frames", video, "--output", folder / "some", "--start", "1", "--stop", "0.6s", "--every", "2"],
            "pictures": ["frames", pictures, "--output", folder / "pictures"],
            "again": ["frames", pictures, "--output", folder / "pictures", "--resume"],
            "not empty": ["frames", video, "--output", folder / "occupied"],
            "resume elsewhere": ["frames", video, "--output", folder / "occupied", "--resume"],
            "without --resume": ["frames", pictures, "--output", folder / "pictures"],
            "another range": ["frames", pictures, "--output", folder / "pictures", "--resume", "--every", "2"],
            "no video": ["frames", folder / "none.mp4", "--output", folder / "x"],
            "empty folder": ["frames", folder / "empty", "--output", folder / "x"],
            "past the end": ["frames", video, "--output", folder / "x", "--start", "99"],
        }
    )


def test_the_pictures_are_the_decoded_pixels_and_know_their_times(
    outcomes: dict[str, Outcome], folder: Path, video: Path
) -> None:
    assert outcomes["some"].exit_code == 0, outcomes["some"].stderr
    frames = FramesFolder.open(folder / "some")
    assert frames.is_complete and len(frames) == 3
    assert (frames.width, frames.height, frames.frame_rate, frames.source) == (96, 64, 10.0, "clip.mp4")
    with Video.open(video, start=1, stop=6, every=2) as decoded:
        for position, frame in enumerate(decoded):
            picture = cv2.imread(str(frames.path(position)))
            np.testing.assert_array_equal(picture[..., ::-1], frame.image)
            assert (frames.frames[position].index, frames.frames[position].time_s) == (frame.index, frame.time_s)
    with pytest.raises(InputError, match="holds 3 frames"):
        frames.path(3)


def test_pictures_have_no_rate(outcomes: dict[str, Outcome], folder: Path) -> None:
    frames = FramesFolder.open(folder / "pictures")
    assert frames.frame_rate is None and len(frames) == 3
    assert outcomes["again"].exit_code == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not empty", "not empty"),
        ("resume elsewhere", "holds no frames.json"),
        ("without --resume", "--resume"),
        ("another range", "every = 1, now 2"),
        ("no video", "does not exist"),
        ("empty folder", "holds no images"),
        ("past the end", "past the end"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_nothing(
    outcomes: dict[str, Outcome], folder: Path, name: str, words: str
) -> None:
    assert outcomes[name].exit_code == 2
    assert len(outcomes[name].stderr.splitlines()) == 1 and words in outcomes[name].error_lines[0]
    assert not (folder / "x").exists()
    assert [path.name for path in (folder / "occupied").iterdir()] == ["thesis.txt"]


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "pictures", 60, 320, 240)
    one, other = tmp_path / "killed", tmp_path / "undisturbed"
    end_when(["frames", source, "--output", one], lambda: (one / "frames" / "000007.png").is_file())
    assert not FramesFolder.open(one).is_complete
    assert 7 <= len(FramesFolder.open(one)) < 60
    done = endodepth_in_one_process(
        {"resumed": ["frames", source, "--output", one, "--resume"], "whole": ["frames", source, "--output", other]}
    )
    assert [outcome.exit_code for outcome in done.values()] == [0, 0], done
    assert contents(one) == contents(other)


def test_a_damaged_list_is_one_line(outcomes: dict[str, Outcome], folder: Path, tmp_path: Path) -> None:
    good = json.loads((folder / "some" / "frames.json").read_text(encoding="utf-8"))
    for text, words in {
        "{": "damaged",
        "[]": "no list of frames",
        json.dumps(good | {"version": 9}): "version 9",
        json.dumps(good | {"frames": [{"index": 1}]}): "time_s",
        json.dumps(good | {"request": {}}): "misstates",
    }.items():
        (tmp_path / "frames.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            FramesFolder.open(tmp_path)
    with pytest.raises(InputError, match="choose a folder made by 'endodepth frames'"):
        FramesFolder.open(tmp_path / "nothing")


def test_reading_needs_no_other_package(outcomes: dict[str, Outcome], folder: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('cv2', 'av', 'torch', 'vtk', 'slicer'): sys.modules[name] = None\n"
        "from EndoDepthLib.results import FramesFolder\n"
        "print(FramesFolder.open(sys.argv[1]).path(2).stat().st_size)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "some")], capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) > 0, done.stderr


def test_a_video_without_frames_leaves_nothing(tmp_path: Path) -> None:
    empty = write_video(tmp_path / "empty.mp4", 0)
    outcome = endodepth("frames", empty, "--output", tmp_path / "x")
    assert outcome.exit_code == 2 and len(outcome.error_lines) == 1
    assert not (tmp_path / "x").exists()
