"""The board, and the sheet that is printed: read back by OpenCV's detector, measured with the resolution it states."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_boards.captures import CHARUCO, CHECKERBOARD

from EndoDepthLib.calibration import Board, BoardDetector, BoardKind, board_pdf, board_picture, board_png
from EndoDepthLib.calibration.printing import RULER_MM, dark_rectangles
from EndoDepthLib.errors import SettingsError


def _stated_px_per_mm(png: bytes) -> float:
    place = png.index(b"pHYs")
    across, down, unit = struct.unpack(">IIB", png[place + 4 : place + 13])
    assert across == down and unit == 1
    return across / 1000.0


def _decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize("board", [CHARUCO, CHECKERBOARD, Board(columns=8, rows=7, square_mm=10.0, marker_mm=7.0)])
def test_a_printed_png_is_detected_and_measures_right(board: Board) -> None:
    png = board_png(board, dpi=600)
    view = BoardDetector(board).find(0, _decoded(png))
    assert view is not None and len(view.corners) == board.corner_count
    millimetres = view.pixels / _stated_px_per_mm(png)
    wanted = board.corners_mm[:, :2]
    distances = np.linalg.norm(millimetres[:, None] - millimetres[None], axis=2)
    assert np.abs(distances - np.linalg.norm(wanted[:, None] - wanted[None], axis=2)).max() < 0.1


@pytest.mark.parametrize("board", [CHARUCO, CHECKERBOARD])
def test_a_pdf_is_detected_and_measures_right(board: Board) -> None:
    document = pypdfium2.PdfDocument(board_pdf(board))
    px_per_point = 3.0
    page = document[0].render(scale=px_per_point).to_numpy()[..., :3]
    view = BoardDetector(board).find(0, np.ascontiguousarray(page))
    assert view is not None and len(view.corners) == board.corner_count
    px_per_mm = px_per_point * 72.0 / 25.4
    spans = np.ptp(view.pixels, axis=0) / px_per_mm
    assert spans == pytest.approx(np.ptp(board.corners_mm[:, :2], axis=0), abs=0.1)
    assert [side * 25.4 / 72 for side in document[0].get_size()] == pytest.approx([210, 297], abs=0.01)  # A4


def test_the_line_below_the_board_is_as_long_as_it_says() -> None:
    png = board_png(CHARUCO, dpi=600)
    dark = (_decoded(png)[..., 0] < 128).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    px_per_mm = _stated_px_per_mm(png)
    lines = [
        box[cv2.CC_STAT_WIDTH] / px_per_mm
        for box in boxes[1:]
        if box[cv2.CC_STAT_HEIGHT] < 4 * px_per_mm and box[cv2.CC_STAT_WIDTH] > 30 * px_per_mm
    ]
    assert lines == [pytest.approx(RULER_MM, abs=0.1)]


def test_the_drawing_is_opencvs_own() -> None:
    from EndoDepthLib.calibration.board import aruco_board

    board = Board(columns=6, rows=5, square_mm=8.0, marker_mm=6.0)
    ours = board_picture(board, 8.0)[64:-64, 64:-64]
    theirs = aruco_board(board).generateImage((6 * 64, 5 * 64))
    assert (ours != theirs).mean() < 0.01


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(BoardKind), st.integers(4, 15), st.integers(4, 12), st.floats(2.0, 30.0), st.floats(0.45, 0.9))
def test_what_is_black_lies_on_the_board(kind: BoardKind, columns: int, rows: int, square: float, share: float) -> None:
    board = Board(kind, columns, rows, square, share * square)
    dark = dark_rectangles(board)
    width, height = board.size_mm
    assert (dark > -1e-6).all() and (dark[:, 2:] > 0).all()
    assert (dark[:, 0] + dark[:, 2] < width + 1e-6).all() and (dark[:, 1] + dark[:, 3] < height + 1e-6).all()
    squares = (columns * rows + 1) // 2 * square**2
    area = (dark[:, 2] * dark[:, 3]).sum()
    if kind is BoardKind.CHECKERBOARD:
        assert area == pytest.approx(squares)
    else:  # a marker is partly white
        assert squares < area < squares + board.marker_count * board.marker_mm**2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": 3}, "3 columns"),
        ({"rows": 90}, "90 rows"),
        ({"square_mm": 0.0}, "0 mm wide"),
        ({"marker_mm": 6.0}, "markers are 6 mm"),
        ({"dictionary": "9X9_1"}, "9X9_1"),
        ({"columns": 20, "rows": 20, "dictionary": "4X4_50"}, "200 markers"),
    ],
)
def test_impossible_boards_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Board(**changes)  # type: ignore[arg-type]


def test_impossible_resolutions_are_refused() -> None:
    with pytest.raises(SettingsError, match="20 dpi"):
        board_png(CHARUCO, dpi=20)
    with pytest.raises(SettingsError, match="million pixels"):
        board_png(Board(square_mm=100.0, marker_mm=70.0), dpi=2400)
