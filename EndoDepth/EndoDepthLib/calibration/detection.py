"""Finding the board in a picture, and saying why it is not found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.calibration.board import DICTIONARIES, Board, BoardKind, aruco_board, aruco_dictionary
from EndoDepthLib.calibration.board_views import BoardView, sharpness, spans_an_area

_LONGEST_SIDE_PX = 1000
"""Larger pictures are reduced to find a checkerboard in; its corners are then refined at full size."""

_LEAST_SEEN_CORNERS = 12
"""Smaller checkerboards appear in noise and in folded drapes."""

_BORDER_SHARE = 0.2
"""Corners nearer to the dark surround than this share of a square are left out: its edge would pull at them."""


class BoardDetector:
    """Finds one kind of board; OpenCV's detectors, made once."""

    def __init__(self, board: Board) -> None:
        """Prepare the detector of this board."""
        self.board = board
        self._charuco: Any = None
        if board.kind is BoardKind.CHARUCO:
            self._charuco = _charuco_detector(board)

    def find(self, index: int, image: np.ndarray) -> BoardView | None:
        """The view of the board in an (H, W, 3) uint8 RGB picture, or None. index: the frame's number."""
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        found = _find_charuco(grey, self._charuco) if self._charuco is not None else self._find_checkerboard(grey)
        if found is None or not spans_an_area(self.board, found[0]):
            return None
        corners, pixels = found
        edge, square = sharpness(grey, self.board, corners, pixels)
        return BoardView(index, corners, pixels, edge, square)

    def _find_checkerboard(self, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Duda and Frese, "Accurate Detection and Localization of Checkerboard Corners", BMVC 2018."""
        pattern = (self.board.columns - 1, self.board.rows - 1)
        small, scale = reduced(grey)
        corners = _sector_corners(small, pattern)
        if corners is None:
            return None
        # The sector model finds corners under strong distortion; the gradient's then has a third of its error.
        pixels = _refined(grey, (corners + 0.5) / scale - 0.5, pattern)
        # A detected pattern may be turned; the corners are numbered left to right on a board that stands upright.
        return np.arange(self.board.corner_count), pixels


def without_border(view: BoardView, board: Board, content: np.ndarray) -> BoardView | None:
    """The view without corners that touch the dark surround or the picture's border, where they are pulled aside.

    content (H, W) bool: the picture inside the surround. None when too little of the board is left.
    """
    inside = np.pad(content.astype(np.uint8), 1)
    distance = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3))[1:-1, 1:-1]
    u, v = (
        np.clip(np.rint(view.pixels[:, axis]).astype(int), 0, size - 1)
        for axis, size in ((0, content.shape[1]), (1, content.shape[0]))
    )
    kept = distance[v, u] > max(2.0, _BORDER_SHARE * view.square_px)
    if not spans_an_area(board, view.corners[kept]):
        return None
    return BoardView(view.index, view.corners[kept], view.pixels[kept], view.edge_width_px, view.square_px)


def why_not_found(images: Sequence[np.ndarray], board: Board) -> str:
    """What to tell a user whose board is in none of these pictures (H, W, 3) uint8 RGB: the likeliest mistake."""
    greys = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images]
    detector = BoardDetector(board)
    halves = [cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for image in images]
    if any(detector.find(0, np.asarray(half)) is not None for half in halves):
        return "it is seen, but blurred: only pictures of half the size show it; focus, hold still, give more light"
    if board.kind is BoardKind.CHARUCO:
        for name in (board.dictionary, *(n for n in DICTIONARIES if n != board.dictionary)):
            counts = [_marker_count(grey, name) for grey in greys]
            if np.median(counts) >= 4 or max(counts, default=0) >= 8:
                if name != board.dictionary:
                    return f"markers of dictionary {name} are seen, not {board.dictionary}: give --dictionary {name}"
                return (
                    f"markers are seen, but too few lie as on a board of {board.columns}x{board.rows} squares: "
                    "is --squares as printed? are they blurred, or smaller than 10 pixels?"
                )
    found = [size for size in map(_checkerboard_size, greys) if size is not None]
    if found:
        (columns, rows) = max(set(found), key=found.count)
        if board.kind is BoardKind.CHARUCO:
            return (
                f"{columns}x{rows} squares are seen but no markers: blurred, or smaller than 10 pixels (a board "
                f"without markers: give --board checkerboard --squares {columns}x{rows})"
            )
        return (
            f"a checkerboard of {columns}x{rows} squares is seen, not of {board.columns}x{board.rows}: give --squares "
            f"{columns}x{rows} (squares, not corners)"
        )
    if board.kind is BoardKind.CHECKERBOARD:
        if any(_marker_count(grey, name) >= 4 for name in DICTIONARIES for grey in greys):
            return "a board with markers is seen: give --board charuco"
        return "the whole checkerboard with a white margin must be in the picture, sharp and evenly lit"
    return "the board must be in the picture, sharp, evenly lit, and each marker at least 10 pixels wide"


def reduced(grey: np.ndarray, longest_px: int = _LONGEST_SIDE_PX) -> tuple[np.ndarray, float]:
    """The picture with no side longer than longest_px, and by how much it was scaled (at most 1)."""
    scale = min(1.0, longest_px / max(grey.shape))
    if scale == 1.0:
        return grey, 1.0
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA)), size[0] / grey.shape[1]


def _charuco_detector(board: Board) -> Any:
    markers = cv2.aruco.DetectorParameters()
    markers.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.CharucoDetector(aruco_board(board), cv2.aruco.CharucoParameters(), markers)


def _find_charuco(grey: np.ndarray, detector: Any) -> tuple[np.ndarray, np.ndarray] | None:
    pixels, corners, _, _ = detector.detectBoard(grey)
    if corners is None or len(corners) == 0:
        return None
    return np.asarray(corners).ravel().astype(np.int64), np.asarray(pixels, dtype=np.float64).reshape(-1, 2)


def _sector_corners(grey: np.ndarray, pattern: tuple[int, int]) -> np.ndarray | None:
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_ACCURACY
    for more in (0, cv2.CALIB_CB_EXHAUSTIVE):
        found, corners = cv2.findChessboardCornersSB(grey, pattern, flags=flags | more)
        if found:
            return np.asarray(corners, dtype=np.float64).reshape(-1, 2)
    return None


def _refined(grey: np.ndarray, pixels: np.ndarray, pattern: tuple[int, int]) -> np.ndarray:
    grid = pixels.reshape(pattern[1], pattern[0], 2)
    least = min(float(np.linalg.norm(np.diff(grid, axis=axis), axis=2).min()) for axis in (0, 1))
    reach = max(2, min(11, int(least * 0.3)))
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-3)
    return (
        np.asarray(
            cv2.cornerSubPix(grey, pixels.astype(np.float32).reshape(-1, 1, 2), (reach, reach), (-1, -1), criteria)
        )
        .reshape(-1, 2)
        .astype(np.float64)
    )


def _marker_count(grey: np.ndarray, dictionary: str) -> int:
    _, identifiers, _ = cv2.aruco.ArucoDetector(aruco_dictionary(dictionary)).detectMarkers(grey)
    return 0 if identifiers is None else len(identifiers)


def _checkerboard_size(grey: np.ndarray) -> tuple[int, int] | None:
    """Columns and rows of squares of whatever checkerboard is seen; it may lie turned: columns are more."""
    flags = cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_LARGER
    found, _, meta = cv2.findChessboardCornersSBWithMeta(reduced(grey)[0], (3, 3), flags)
    if not found:
        return None
    rows, columns = np.asarray(meta).shape[:2]
    if rows * columns < _LEAST_SEEN_CORNERS:
        return None
    return max(columns, rows) + 1, min(columns, rows) + 1
