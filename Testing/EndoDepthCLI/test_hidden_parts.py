"""Text burnt into the picture: with --hide it stands in nothing that is written."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.material import write_pictures
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.video import Video
from EndoDepthLib.video.hidden import Rectangle

HIDDEN = (slice(50, 64), slice(0, 40))
HIDE = ["--hide", "40x20+0+50", "--hide", "6x5+90+0"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, tuple[Outcome, Path]]:
    folder = tmp_path_factory.mktemp("hidden")
    pictures = write_pictures(folder / "pictures", 2)
    network = ["--weights", weights]
    calls = {
        "reconstruct": ["reconstruct", pictures, *HIDE, *network, "--results-only"],
        "depth": ["depth", pictures, *HIDE, *network],
        "frames": ["frames", pictures, *HIDE],
        "no rectangle": ["frames", pictures, "--hide", "all of it"],
        "beside the picture": ["frames", pictures, "--hide", "10x10+96+0"],
        "everything": ["frames", pictures, "--hide", "96x64+0+0"],
    }
    calls = {name: [*arguments, "--output", folder / name] for name, arguments in calls.items()}
    calls["frames, other parts"] = ["frames", pictures, "--hide", "9x9+0+0", "--resume", "--output", folder / "frames"]
    calls["frames again"] = [*calls["frames"], "--resume"]
    return {name: (outcome, folder / name) for name, outcome in endodepth_in_one_process(calls).items()}


def test_the_pixels_are_black_and_nothing_is_said_of_them(outcomes: dict[str, tuple[Outcome, Path]]) -> None:
    for name in ("reconstruct", "depth", "frames", "frames again"):
        assert outcomes[name][0].exit_code == 0, outcomes[name][0].stderr
    for name in ("reconstruct", "frames"):
        for file in sorted((outcomes[name][1] / "frames").glob("*.png")):
            picture = cv2.imread(str(file))
            assert not picture[HIDDEN].any() and not picture[:5, 90:].any()
            assert picture[:50, 10:80].any(axis=2).all()
    for path in (outcomes["reconstruct"][1] / "depth", outcomes["depth"][1]):
        depth = np.load(path / "000000.npy")
        assert np.isnan(depth[HIDDEN]).all() and np.isfinite(depth[:45, 10:80]).all()
    settings = json.loads((outcomes["reconstruct"][1] / "results.json").read_text(encoding="utf-8"))["request"]
    assert settings["settings"]["hidden"] == HIDE[1::2]


def test_what_would_not_hide_is_refused(outcomes: dict[str, tuple[Outcome, Path]]) -> None:
    expected = {
        "no rectangle": "'all of it'",
        "beside the picture": "10x10+96+0",
        "everything": "hide all",
        "frames, other parts": "hidden",
    }
    for name, words in expected.items():
        outcome, folder = outcomes[name]
        assert outcome.exit_code == 2
        (line,) = outcome.error_lines
        assert words in line
        assert not folder.exists()


def test_frames_read_by_number_hide_it_too(pictures: Path) -> None:
    with Video.open(pictures, hidden=["40x14+0+50"]) as video:
        assert not video.read(1).image[HIDDEN].any()
        assert video.shown.sum() == 96 * 64 - 40 * 14


@pytest.mark.parametrize("text", ["", "1x1", "0x5+0+0", "5x5-1+0", "1e3x4+0+0", "9" * 9 + "x1+0+0"])
def test_a_rectangle_is_read_strictly(text: str) -> None:
    with pytest.raises(SettingsError, match="rectangle"):
        Rectangle.parse(text)
