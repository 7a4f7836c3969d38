"""Folders of images with times.csv: times, rate and places in seconds; wrong ones are refused in one line."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.video import Video
from EndoDepthLib.video.image_times import TIMES_FILE, times_text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (2, 5, 10):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((32, 40, 3), number, np.uint8))
    return tmp_path


def test_frames_have_the_times_that_the_file_says(folder: Path) -> None:
    (folder / TIMES_FILE).write_text(times_text(["2.png", "5.png", "10.png"], [0.2, 0.5, 1.0]), encoding="utf-8")
    with Video.open(folder) as video:
        assert [(frame.index, frame.time_s) for frame in video] == [(0, 0.2), (1, 0.5), (2, 1.0)]
        assert video.frame_rate == pytest.approx(2 / 0.8)
    with Video.open(folder, start="0.3s") as video:
        assert [frame.time_s for frame in video] == [0.5, 1.0]


def test_one_image_has_a_time_and_no_rate(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "000003.png"), np.zeros((32, 40, 3), np.uint8))
    (tmp_path / TIMES_FILE).write_text(times_text(["000003.png"], [0.3]), encoding="utf-8")
    with Video.open(tmp_path) as video:
        assert [frame.time_s for frame in video] == [0.3]
        assert video.frame_rate is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,time_s\n2.png,0\n5.png,1\n", "no time for 10.png"),
        ("file,time_s\n2.png,0\n5.png,2\n10.png,1\n", "1 s for 10.png"),
        ("file,time_s\n2.png,-1\n5.png,2\n10.png,3\n", "-1 s for 2.png"),
        ("file,time_s\n2.png,zero\n5.png,2\n10.png,3\n", "cannot be read"),
        ("name,when\n2.png,0\n", "cannot be read"),
    ],
)
def test_wrong_times_are_refused_in_one_line(folder: Path, text: str, words: str) -> None:
    (folder / TIMES_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as raised:
        Video.open(folder)
    assert "\n" not in str(raised.value) and TIMES_FILE in str(raised.value)
