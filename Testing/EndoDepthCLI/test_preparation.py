"""What is made sure of before a job writes anything."""

from __future__ import annotations

from pathlib import Path

from command_line.material import picture, write_picture, write_pictures

from EndoDepthCLI.job.fingerprint import fingerprint


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
