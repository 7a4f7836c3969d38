"""`endodepth labels pick`: the decoded pixels of a few frames, beside what is in the folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthLib.video import Video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("picked")


@pytest.fixture(scope="module")
def outcomes(folder: Path, video: Path, pictures: Path) -> dict[str, Outcome]:
    (folder / "file").touch()
    return endodepth_in_one_process(
        {
            "three": ["labels", "pick", video, "--output", folder / "out", "--frames", "3"],
            "more": ["labels", "pick", pictures, "--output", folder / "out", "--frames", "9"],
            "no video": ["labels", "pick", folder / "none.mp4", "--output", folder / "x"],
            "no folder": ["labels", "pick", video, "--output", folder / "file"],
            "none": ["labels", "pick", video, "--output", folder / "x", "--frames", "0"],
        }
    )


def test_picked_frames_are_the_decoded_pixels(outcomes: dict[str, Outcome], folder: Path, video: Path) -> None:
    assert outcomes["three"].exit_code == 0, outcomes["three"].stderr
    files = sorted((folder / "out").glob("clip-*.png"))
    assert len(files) == 3
    with Video.open(video) as opened:
        for file in files:
            wanted = opened.read(int(file.stem.rpartition("-")[2])).image
            assert np.array_equal(cv2.imread(str(file))[..., ::-1], wanted)


def test_frames_of_another_recording_come_beside_them(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["more"].exit_code == 0 and "all of them" in outcomes["more"].stderr
    assert len(list((folder / "out").glob("*.png"))) == 3 + 3


@pytest.mark.parametrize("name", ["no video", "no folder", "none"])
def test_mistakes_are_one_line_and_leave_nothing(outcomes: dict[str, Outcome], folder: Path, name: str) -> None:
    outcome = outcomes[name]
    assert outcome.exit_code == 2 and len(outcome.stderr.strip().splitlines()) == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr and not (folder / "x").exists()
