"""`endodepth calibrate` as a user runs it: a board printed, a lens from pictures, every refusal in one line."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.process import Outcome, endodepth_in_one_process
from simulated_boards.poses import good_capture, held
from simulated_boards.rendering import Optics, render

from EndoDepthLib.calibration import Board, BoardDetector
from EndoDepthLib.geometry import load_camera
from EndoDepthLib.values import Camera, DistortionModel

LENS = Camera(320.0, 321.0, 193.0, 142.0, 384, 288, DistortionModel.BROWN_CONRADY, (-0.2, 0.05, 0.001, -0.0005))
BOARD = Board(columns=8, rows=6, square_mm=8.0, marker_mm=6.0)
AS_PRINTED = ["--squares", "8x6", "--square-mm", "8"]
OPTICS = Optics(blur_px=0.5, noise=2.0, aperture=0.85)
REFUSED = {
    "frontal": "face the board from one direction",
    "blurred": "blurred",
    "few": "only 5 different views",
    "other size": "too few lie as|do not fit|no lens fits|different views|--squares",
    "other markers": "dictionary 4X4_250 are seen, not 5X5_100",
    "mixed sizes": "mixes image sizes",
    "no picture": "does not exist",
    "two inputs": "2 inputs are given",
    "no output": "--output is missing",
    "output there": "not empty",
    "camera there": "there already",
    "fov with a board": "--fov is only of use",
    "bad squares": "'11' is not COLUMNSxROWS",
    "big board": "99 columns",
    "bad dictionary": "'9X9' is not known",
    "bad ending": "not to 'board.svg'",
    "print and calibrate": "leave it out",
    "no motion": "no camera from motion",
}


def _write(folder: Path, poses: list[np.ndarray], optics: Optics = OPTICS) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(11)
    for number, pose in enumerate(poses):
        image = render(LENS, BOARD, pose, optics, rng)
        (folder / f"{number:03d}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibrate")
    rng = np.random.default_rng(2)
    good = good_capture(LENS, BOARD, 14, rng, reach=0.28, fill=0.7)
    places = [(x, y) for x in (0.25, 0.5, 0.75) for y in (0.25, 0.5, 0.75)]
    _write(folder / "good", good)
    _write(folder / "frontal", [held(LENS, BOARD, at, 0.65, 0, 0, 9.0 * n) for n, at in enumerate(places)])
    _write(folder / "blurred", good[:10], Optics(blur_px=2.2))
    _write(folder / "few", good[:5])
    _write(folder / "mixed", good[:2])
    (folder / "mixed" / "999.png").write_bytes(cv2.imencode(".png", np.zeros((144, 192, 3), np.uint8))[1].tobytes())
    (folder / "full").mkdir()
    (folder / "full" / "file").touch()
    (folder / "there-calibration.json").touch()
    return folder


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, Outcome]:
    good, out = folder / "good", ["--output", folder / "x"]
    return endodepth_in_one_process(
        {
            "png": ["calibrate", "--print-board", folder / "board.png", *AS_PRINTED, "--dpi", "200"],
            "pdf": ["calibrate", "--print-board", folder / "board.pdf", "--board", "checkerboard"],
            "folder": ["calibrate", good, "--output", folder / "results", *AS_PRINTED],
            "file": ["calibrate", good, "--output", folder / "lens.json", *AS_PRINTED, "--model", "fisheye"],
            "frontal": ["calibrate", folder / "frontal", *out, *AS_PRINTED],
            "blurred": ["calibrate", folder / "blurred", *out, *AS_PRINTED],
            "few": ["calibrate", folder / "few", *out, *AS_PRINTED],
            "other size": ["calibrate", folder / "few", *out, "--squares", "7x7"],
            "other markers": ["calibrate", folder / "few", *out, *AS_PRINTED, "--dictionary", "5X5_100"],
            "mixed sizes": ["calibrate", folder / "mixed", *out, *AS_PRINTED],
            "no picture": ["calibrate", folder / "nothing", *out],
            "two inputs": ["calibrate", good, good, *out],
            "no output": ["calibrate", good],
            "output there": ["calibrate", good, "--output", folder / "full"],
            "camera there": ["calibrate", good, "--output", folder / "there.json"],
            "fov with a board": ["calibrate", good, *out, "--fov", "70"],
            "bad squares": ["calibrate", good, *out, "--squares", "11"],
            "big board": ["calibrate", good, *out, "--squares", "99x8"],
            "bad dictionary": ["calibrate", good, *out, "--dictionary", "9X9"],
            "bad ending": ["calibrate", "--print-board", folder / "board.svg"],
            "print and calibrate": ["calibrate", good, "--print-board", folder / "other.png"],
            "no motion": ["calibrate", folder / "few", *out, "--from-motion"],
        }
    )


def test_a_camera_file_report_and_picture_come_of_it(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["folder"].exit_code == 0, outcomes["folder"].stderr
    results = folder / "results"
    assert {file.name for file in results.iterdir()} == {"camera.json", "calibration.json", "residuals.png"}
    camera = load_camera(results / "camera.json", LENS.width, LENS.height)
    assert (camera.fx, camera.fy) == pytest.approx((LENS.fx, LENS.fy), rel=0.01)
    report = json.loads((results / "calibration.json").read_text(encoding="utf-8"))
    assert report["reprojection_rms_px"] < 0.5 and report["board"]["columns"] == 8
    assert f"fx {camera.fx:.1f}" in outcomes["folder"].stdout
    picture = cv2.imread(str(results / "residuals.png"))
    assert picture.shape[1] > picture.shape[0] > 400 and picture.std() > 10


def test_a_camera_file_of_a_chosen_name_has_the_others_beside_it(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["file"].exit_code == 0, outcomes["file"].stderr
    assert load_camera(folder / "lens.json").distortion_model is DistortionModel.FISHEYE
    assert (folder / "lens-calibration.json").is_file() and (folder / "lens-residuals.png").is_file()


def test_boards_are_printed(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["png"].exit_code == 0 and outcomes["pdf"].exit_code == 0, outcomes["png"].stderr
    view = BoardDetector(BOARD).find(0, cv2.imread(str(folder / "board.png"))[..., ::-1])
    assert view is not None and len(view.corners) == BOARD.corner_count
    assert (folder / "board.pdf").read_bytes().startswith(b"%PDF-") and "100 %" in outcomes["pdf"].stdout


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_one_line_and_leave_nothing(outcomes: dict[str, Outcome], folder: Path, name: str) -> None:
    outcome = outcomes[name]
    lines = [line for line in outcome.stderr.splitlines() if "error:" in line]
    assert outcome.exit_code == 2 and len(lines) == 1 and "Traceback" not in outcome.stderr, outcome.stderr
    with pytest.raises(AssertionError, match=REFUSED[name]):
        raise AssertionError(lines[0])
    assert not any((folder / left).exists() for left in ("x", "there.json", "board.svg", "other.png"))
