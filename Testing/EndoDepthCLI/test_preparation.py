"""What is made sure of before a job writes anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line.material import picture, write_picture, write_pictures

from EndoDepthCLI.job.fingerprint import fingerprint
from EndoDepthCLI.job.output import discard_on_failure
from EndoDepthCLI.job.preparation import find_content
from EndoDepthLib.errors import InputError
from EndoDepthLib.video import Video


def test_a_folder_is_known_by_the_images_that_are_read(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 3)
    before = fingerprint(folder)
    for name in (".DS_Store", "Thumbs.db", "._0.png"):
        (folder / name).write_bytes(b"what a file browser leaves")
    (folder / "notes").mkdir()
    assert fingerprint(folder) == before
    write_picture(folder / "2.png", picture(7))
    assert fingerprint(folder) != before
    write_picture(folder / "2.png", picture(2))
    assert fingerprint(folder) == before
    (folder / "2.png").rename(folder / "10.png")
    assert fingerprint(folder) != before


def test_the_content_area_is_found_from_the_frames_that_can_be_read(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 9)

    def cut(number: int) -> None:
        path = folder / f"{number}.png"
        path.write_bytes(path.read_bytes()[:200])

    for number in (0, 3):
        cut(number)
    with Video.open(folder) as video:
        assert find_content(video).all()
    for number in range(8):  # all that are looked at but the last
        cut(number)
    with Video.open(folder) as video:
        assert find_content(video).all()
        cut(8)
        with pytest.raises(InputError, match="no frame of .* can be decoded"):
            find_content(video)


@pytest.mark.parametrize("state", ["absent", "empty", "begun"])
@pytest.mark.parametrize("first_frame_is_done", [False, True])
def test_a_run_that_fails_at_once_leaves_what_it_found(tmp_path: Path, state: str, first_frame_is_done: bool) -> None:
    folder = tmp_path / "cases" / "one"
    if state != "absent":
        folder.mkdir(parents=True)
    if state == "begun":
        (folder / "results.json").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt), discard_on_failure(folder, folder / "depth" / "000000.npy"):
        (folder / "depth").mkdir(parents=True)
        (folder / "camera.json").touch()
        if first_frame_is_done:
            (folder / "depth" / "000000.npy").touch()
        raise KeyboardInterrupt
    keeps = first_frame_is_done or state == "begun"
    assert (folder / "camera.json").exists() == keeps
    assert keeps or sorted(tmp_path.rglob("*")) == before
