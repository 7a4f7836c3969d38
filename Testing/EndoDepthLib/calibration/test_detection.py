"""Corners in rendered pictures against the truth of the lens, and what is said when there are none."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_boards.captures import CHARUCO, CHECKERBOARD, FISHEYE, PINHOLE, projected_corners
from simulated_boards.poses import good_capture, held
from simulated_boards.rendering import Optics, render

from EndoDepthLib.calibration import Board, BoardDetector, BoardKind
from EndoDepthLib.calibration.detection import why_not_found, without_border
from EndoDepthLib.calibration.selection import is_blurred
from EndoDepthLib.values import Camera

ROUND = Optics(aperture=0.8)
FACING = held(PINHOLE, CHARUCO, (0.5, 0.5), 0.7, 20, 40)


def _picture(
    board: Board, optics: Optics = ROUND, camera: Camera = PINHOLE, pose: np.ndarray = FACING, seed: int = 0
) -> np.ndarray:
    return render(camera, board, pose, optics, np.random.default_rng(seed))


@pytest.mark.parametrize("camera", [PINHOLE, FISHEYE], ids=["pinhole", "fisheye"])
@pytest.mark.parametrize("board", [CHARUCO, CHECKERBOARD], ids=["charuco", "checkerboard"])
def test_corners_lie_where_the_lens_puts_them(board: Board, camera: Camera) -> None:
    rng = np.random.default_rng(1)
    detector, found, errors = BoardDetector(board), 0, []
    for number, pose in enumerate(good_capture(camera, board, 5, rng, reach=0.12, fill=0.55)):
        image = render(camera, board, pose, ROUND, rng)
        view = detector.find(number, image)
        if view is None:
            continue
        found += 1
        true = projected_corners(camera, board, pose)
        if board.kind is BoardKind.CHECKERBOARD and np.abs(view.pixels - true).max() > 3:
            true = true[::-1]  # half a turn cannot be told apart
        errors.append(np.linalg.norm(view.pixels - true[view.corners], axis=1))
    assert found >= 4
    assert np.sqrt((np.concatenate(errors) ** 2).mean()) < 0.2


def test_corners_at_the_dark_surround_are_left_out() -> None:
    pose = held(PINHOLE, CHARUCO, (0.3, 0.3), 1.0, 10, 0)
    v, u = np.mgrid[: PINHOLE.height, : PINHOLE.width]
    content = np.hypot(u - 239.5, v - 179.5) < 0.6 * 300
    view = BoardDetector(CHARUCO).find(0, _picture(CHARUCO, Optics(aperture=0.6), pose=pose))
    assert view is not None
    inside = without_border(view, CHARUCO, content)
    assert inside is not None and 8 <= len(inside.corners) <= len(view.corners)
    far = np.hypot(*(inside.pixels - [239.5, 179.5]).T)
    assert far.max() < 0.6 * 300 - 2
    true = projected_corners(PINHOLE, CHARUCO, pose)[inside.corners]
    assert np.abs(inside.pixels - true).max() < 0.5


def test_blur_is_measured() -> None:
    big = held(PINHOLE, CHECKERBOARD, (0.5, 0.5), 0.6, 15, 0)
    widths = []
    for blur in (0.5, 1.2, 2.5):
        view = BoardDetector(CHECKERBOARD).find(0, _picture(CHECKERBOARD, Optics(blur_px=blur), pose=big))
        assert view is not None
        widths.append(view.edge_width_px)
        assert is_blurred(view) == (blur > 2)
    assert widths == sorted(widths)


@pytest.mark.parametrize(
    ("expected", "printed", "optics", "words"),
    [
        (Board(dictionary="5X5_100"), CHARUCO, ROUND, "dictionary 4X4_250 are seen, not 5X5_100"),
        (Board(BoardKind.CHECKERBOARD, 8, 6), CHECKERBOARD, ROUND, "9x7 squares is seen, not of 8x6"),
        (CHARUCO, CHECKERBOARD, ROUND, "give --board checkerboard --squares 9x7"),
        (CHARUCO, CHARUCO, Optics(blur_px=3.0), "blurred"),
    ],
)
def test_the_likeliest_mistake_is_named(expected: Board, printed: Board, optics: Optics, words: str) -> None:
    pose = held(PINHOLE, printed, (0.5, 0.5), 0.6, 20, 40)
    pictures = [_picture(printed, optics, pose=pose)]
    assert all(BoardDetector(expected).find(0, picture) is None for picture in pictures)
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(why_not_found(pictures, expected))


def test_no_board_at_all() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    assert BoardDetector(CHARUCO).find(0, noise) is None
    assert "must be in the picture" in why_not_found([noise], CHARUCO)
