"""The calibration board: its squares, its markers, and where its inner corners lie."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from EndoDepthLib.errors import SettingsError

DICTIONARIES = ("4X4_250", "4X4_50", "4X4_100", "5X5_100", "5X5_250", "6X6_250", "APRILTAG_36h11")
"""Marker dictionaries of ChArUco boards, by OpenCV's names without DICT_; the coarsest is read from furthest."""

LEAST_SQUARES, MOST_SQUARES = 4, 60
_LEAST_MARKER_SHARE = 0.4


class BoardKind(Enum):
    """What is printed on the board."""

    CHECKERBOARD = "checkerboard"
    CHARUCO = "charuco"


@dataclass(frozen=True)
class Board:
    """A flat board of columns x rows squares (squares, not inner corners), each square_mm wide.

    marker_mm, dictionary: of the markers in the white squares of a ChArUco board (Garrido-Jurado et al., Pattern
    Recognition 2014); without effect on a checkerboard. Its axes: x right and y down as printed, z into the paper,
    origin at the outer corner of the first square. Raises SettingsError for what cannot be such a board.
    """

    kind: BoardKind = BoardKind.CHARUCO
    columns: int = 11
    rows: int = 8
    square_mm: float = 6.0
    marker_mm: float = 4.5
    dictionary: str = DICTIONARIES[0]

    def __post_init__(self) -> None:
        for name in ("columns", "rows"):
            if not LEAST_SQUARES <= getattr(self, name) <= MOST_SQUARES:
                raise SettingsError(
                    f"the board has {getattr(self, name)} {name} of squares; expected {LEAST_SQUARES} to {MOST_SQUARES}"
                )
        if not 0.1 <= self.square_mm <= 1000.0:
            raise SettingsError(f"the board's squares are {self.square_mm:g} mm wide; expected 0.1 to 1000")
        if self.kind is BoardKind.CHECKERBOARD:
            return
        if not _LEAST_MARKER_SHARE * self.square_mm <= self.marker_mm < 0.95 * self.square_mm:
            raise SettingsError(
                f"the markers are {self.marker_mm:g} mm wide in squares of {self.square_mm:g} mm; expected "
                f"{_LEAST_MARKER_SHARE:.0%} to 95% of a square"
            )
        if self.dictionary not in DICTIONARIES:
            raise SettingsError(f"dictionary {self.dictionary!r} is not known; expected {', '.join(DICTIONARIES)}")
        if self.marker_count > self.dictionary_size:
            raise SettingsError(
                f"the board needs {self.marker_count} markers but dictionary {self.dictionary} has "
                f"{self.dictionary_size}; choose a larger dictionary or fewer squares"
            )

    @property
    def marker_count(self) -> int:
        """How many squares hold a marker: every other one."""
        return self.columns * self.rows // 2

    @property
    def dictionary_size(self) -> int:
        """How many markers the dictionary has."""
        return len(aruco_dictionary(self.dictionary).bytesList)

    @property
    def corner_count(self) -> int:
        """How many inner corners there are."""
        return (self.columns - 1) * (self.rows - 1)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the printed squares."""
        return self.columns * self.square_mm, self.rows * self.square_mm

    @cached_property
    def corners_mm(self) -> np.ndarray:
        """(corner_count, 3) float64: the inner corners, row by row; z = 0."""
        x, y = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        flat = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
        return flat * self.square_mm

    def describe(self) -> str:
        """One line for reports, such as `charuco, 11x8 squares of 6 mm, markers of 4.5 mm (4X4_250)`."""
        text = f"{self.kind.value}, {self.columns}x{self.rows} squares of {self.square_mm:g} mm"
        if self.kind is BoardKind.CHARUCO:
            text += f", markers of {self.marker_mm:g} mm ({self.dictionary})"
        return text


def aruco_dictionary(name: str) -> Any:
    """OpenCV's predefined dictionary of that name (without DICT_)."""
    import cv2

    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{name}"))


def aruco_board(board: Board) -> Any:
    """OpenCV's CharucoBoard, lengths in mm."""
    import cv2

    return cv2.aruco.CharucoBoard(
        (board.columns, board.rows), board.square_mm, board.marker_mm, aruco_dictionary(board.dictionary)
    )
