"""Unusual input is accepted with a warning where one is due, and its results are right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.material import HEIGHT, WIDTH, picture, write_camera, write_picture, write_video
from command_line.process import Outcome, command, endodepth_in_one_process, environment

CUT_OF = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accepted")


@pytest.fixture(scope="module")
def outcomes(folder: Path, weights: Path) -> dict[str, Outcome]:
    """Depth of every kind of input, all computed in one process."""
    whole = write_video(folder / "whole.mp4", CUT_OF, faststart=True)
    cut = folder / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    image = picture(0)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    opaque = np.dstack([image, np.full((HEIGHT, WIDTH), 255, np.uint8)])
    sources = {
        "whole": whole,
        "cut": cut,
        "rgb": write_picture(folder / "rgb.png", image),
        "rgba": write_picture(folder / "rgba.png", opaque),
        "16 bit": write_picture(folder / "deep.png", image.astype(np.uint16) * 257),
        "grey": write_picture(folder / "grey.png", grey),
        "grey as rgb": write_picture(folder / "grey3.png", np.dstack([grey] * 3)),
        "odd": write_picture(folder / "odd.png", picture(0, 97, 63)),
        "4K": write_picture(folder / "4k.png", picture(0, 3840, 2160)),
    }
    calls = {name: ["depth", path, "--output", folder / name, "--weights", weights] for name, path in sources.items()}
    bent = write_camera(folder / "camera.json")
    calls["bent"] = [*calls["rgb"][:3], folder / "bent", "--weights", weights, "--camera", bent]
    calls["straight"] = [*calls["rgb"][:3], folder / "straight", "--weights", weights, "--camera", bent, "--undistort"]
    return endodepth_in_one_process(calls)


def depth(folder: Path, name: str, number: int = 0) -> np.ndarray:
    return np.load(folder / name / f"{number:06d}.npy", allow_pickle=False)


def test_all_are_accepted(outcomes: dict[str, Outcome]) -> None:
    assert {name: o.stderr for name, o in outcomes.items() if o.exit_code} == {}


def test_depth_is_float32_on_the_grid_of_the_input(outcomes: dict[str, Outcome], folder: Path) -> None:
    for name, shape in {"rgb": (HEIGHT, WIDTH), "odd": (63, 97), "4K": (2160, 3840)}.items():
        values = depth(folder, name)
        assert values.dtype == np.float32
        assert values.shape == shape
        assert np.nanmedian(values) == pytest.approx(50, rel=1e-3)  # nominal: it is known up to scale
        camera = json.loads((folder / name / "camera.json").read_text(encoding="utf-8"))
        assert (camera["height"], camera["width"]) == shape


def test_a_cut_video_gives_its_readable_frames(outcomes: dict[str, Outcome], folder: Path) -> None:
    count = len(list((folder / "cut").glob("*.npy")))
    assert 0 < count < CUT_OF
    for number in range(count):
        np.testing.assert_array_equal(depth(folder, "cut", number), depth(folder, "whole", number))
    (warning,) = [line for line in outcomes["cut"].warnings if "cut.mp4" in line]
    assert "early" in warning
    report = json.loads((folder / "cut" / "report.json").read_text(encoding="utf-8"))
    assert report["frames"] == count
    assert any("early" in text for text in report["warnings"])


@pytest.mark.parametrize(
    ("unusual", "usual", "word"),
    [("rgba", "rgb", "transparent"), ("16 bit", "rgb", "16"), ("grey", "grey as rgb", "grey")],
)
def test_unusual_pixels_are_read_rightly_with_a_warning(
    outcomes: dict[str, Outcome], folder: Path, unusual: str, usual: str, word: str
) -> None:
    np.testing.assert_array_equal(depth(folder, unusual), depth(folder, usual))
    assert any(word in line for line in outcomes[unusual].warnings), outcomes[unusual].stderr


def test_a_guessed_camera_is_said_once(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert len([line for line in outcomes["rgb"].warnings if "guessed" in line]) == 1
    assert not [line for line in outcomes["bent"].warnings if "guessed" in line]
    for name, source in {"rgb": "guessed", "bent": "file"}.items():
        report = json.loads((folder / name / "report.json").read_text(encoding="utf-8"))
        assert report["camera"]["source"] == source


def test_undistorted_results_are_on_a_pinhole_grid(outcomes: dict[str, Outcome], folder: Path) -> None:
    bent, straight = (
        json.loads((folder / name / "camera.json").read_text(encoding="utf-8")) for name in ("bent", "straight")
    )
    assert any(bent["distortion"])
    assert not any(straight.get("distortion", []))
    assert straight["fx"] == bent["fx"]
    assert depth(folder, "straight").shape == (HEIGHT, WIDTH)
    assert not np.array_equal(depth(folder, "straight"), depth(folder, "bent"), equal_nan=True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a file name be any bytes")
def test_names_that_the_terminal_or_unicode_cannot_hold(tmp_path: Path, video: Path, weights: Path) -> None:
    source = tmp_path / os.fsdecode("日本".encode() + b"\xff.mp4")
    shutil.copyfile(video, source)
    arguments = ["depth", source, "--output", tmp_path / "日本", "--weights", weights]
    done = subprocess.run(
        [os.fsencode(argument) for argument in command(*arguments)],
        capture_output=True,
        env={**environment(), "PYTHONIOENCODING": "cp1252"},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "日本" / "report.json").read_text(encoding="utf-8"))
    assert report["input"]["source"] == "日本\\udcff.mp4"
    assert rb"\u65e5\u672c" in done.stdout
