"""Folders of plain videos and pictures, and the sets that are such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line.material import picture, write_picture, write_pictures, write_video

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.registry import open_dataset


def test_every_video_and_every_folder_of_pictures_is_a_sequence(tmp_path: Path) -> None:
    write_video(tmp_path / "monday" / "case.mp4", 3)
    write_pictures(tmp_path / "tuesday", 11)
    (tmp_path / "notes.txt").write_text("not a picture", encoding="utf-8")
    samples = open_dataset("videos", tmp_path)
    assert [s.name for s in samples[:3]] == [f"monday/case/{n}" for n in range(3)]
    assert [(s.sequence, s.index) for s in samples[3:]] == [("tuesday", n) for n in range(11)]
    assert samples[5].name == "tuesday/2" and samples[13].name == "tuesday/10"
    assert np.abs(samples[2].image().astype(int) - picture(2)).mean() < 12
    np.testing.assert_array_equal(samples[3].image(), picture(0))


def test_more_videos_than_stay_open(tmp_path: Path) -> None:
    for number in range(6):
        write_video(tmp_path / f"{number}.mp4", 1 + number)
    samples = open_dataset("videos", tmp_path)
    assert len(samples) == 21
    for sample in (*samples, *samples[::-5]):
        assert np.abs(sample.image().astype(int) - picture(sample.index)).mean() < 12


def test_openrc_is_videos_at_any_depth(tmp_path: Path) -> None:
    film = tmp_path / "videos" / "chunk-000" / "observation.images.colonoscope" / "episode_000000.mp4"
    write_video(film, 2)
    (sample, _) = open_dataset("openrc", tmp_path)
    assert sample.name == "videos/chunk-000/observation.images.colonoscope/episode_000000/0"


def test_crcd_is_the_left_picture_above_the_burnt_in_time(tmp_path: Path) -> None:
    for side in ("left", "right"):
        write_picture(tmp_path / "G_2" / f"{side}_0001.png", picture(1, 1280, 760))
    (sample,) = open_dataset("crcd", tmp_path)
    assert sample.name == "G_2/left_0001"
    np.testing.assert_array_equal(sample.image(), picture(1, 1280, 760)[:720])
    assert open_dataset("crcd", tmp_path, "all")[0].image().shape == (760, 1280, 3)


def test_a_window_that_leaves_the_picture_is_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "G_2" / "left_0001.png", picture(1))
    (sample,) = open_dataset("crcd", tmp_path)
    with pytest.raises(InputError, match="96x64.*1280x720"):
        sample.image()


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    write_video(tmp_path / "good.mp4", 2)
    (tmp_path / "bad.mp4").write_text("This is not a video.\n" * 40, encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.mp4"):
        open_dataset("videos", tmp_path)
