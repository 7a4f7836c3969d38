"""One view of the board: which inner corners are seen, and where."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.calibration.board import Board
from EndoDepthLib.errors import InputError

LEAST_CORNERS = 8
"""A view with fewer corners adds hardly more than its own pose."""


@dataclass(frozen=True)
class BoardView:
    """Corners seen in a frame.

    index: number of the frame in its video; corners (N,) int: which of board.corners_mm; pixels (N, 2) float64 (u, v),
    centres at integers; edge_width_px: how wide the step from black to white is (about 1.5 when sharp); square_px:
    median width of a square in the picture. Raises InputError when lengths disagree.
    """

    index: int
    corners: np.ndarray
    pixels: np.ndarray
    edge_width_px: float
    square_px: float

    def __post_init__(self) -> None:
        if self.pixels.shape != (len(self.corners), 2):
            raise InputError(f"{len(self.corners)} corners have pixels {self.pixels.shape}; expected (N, 2)")

    def points_mm(self, board: Board) -> np.ndarray:
        """(N, 3) float64: where the seen corners lie on the board."""
        return board.corners_mm[self.corners]

    def hull(self) -> np.ndarray:
        """(M, 2) float64: convex hull of the corners in the picture."""
        return np.asarray(cv2.convexHull(self.pixels.astype(np.float32))).reshape(-1, 2).astype(np.float64)

    def hull_area_px(self) -> float:
        """Area of the hull in square pixels."""
        return float(cv2.contourArea(self.hull().astype(np.float32)))

    def homography(self, board: Board) -> np.ndarray:
        """(3, 3) float64 picture_from_board for board coordinates in mm, distortion ignored, h33 = 1."""
        matrix, _ = cv2.findHomography(self.points_mm(board)[:, :2], self.pixels, 0)
        return np.asarray(matrix, dtype=np.float64)


def spans_an_area(board: Board, corners: np.ndarray) -> bool:
    """Whether corners (N,) are enough of them and lie in two or more rows and columns."""
    columns, rows = corners % (board.columns - 1), corners // (board.columns - 1)
    return len(corners) >= LEAST_CORNERS and len(np.unique(columns)) >= 2 and len(np.unique(rows)) >= 2


def sharpness(grey: np.ndarray, board: Board, corners: np.ndarray, pixels: np.ndarray) -> tuple[float, float]:
    """Edge width and square width, both in pixels, of a view in a grey picture (H, W) uint8.

    Half-way between two neighbouring corners lies an edge between a black and a white square. Its width is the step
    from black to white divided by the steepest slope: about 1.5 for a sharp picture, more when blurred.
    """
    place = {int(corner): position for position, corner in enumerate(corners)}
    across = board.columns - 1
    starts, ends = [], []
    for corner, position in place.items():
        for neighbour in (corner + 1 if (corner + 1) % across else -1, corner + across):
            if neighbour in place:
                starts.append(pixels[position])
                ends.append(pixels[place[neighbour]])
    if not starts:
        return float("inf"), 0.0
    first, last = np.array(starts), np.array(ends)
    along = last - first
    length = np.linalg.norm(along, axis=1)
    square = float(np.median(length))
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    # The steepest slope is at the edge itself, whatever part of a marker the profile reaches.
    reach = max(2.0, 0.4 * square)
    offsets = np.arange(-reach, reach + 0.25, 0.5)
    samples = ((first + last) / 2)[:, None] + normal[:, None] * offsets[None, :, None]
    columns, rows = (np.ascontiguousarray(samples[..., axis], dtype=np.float32) for axis in (0, 1))
    profile = np.asarray(cv2.remap(grey, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)).astype(
        np.float64
    )
    smooth = (profile[:, :-2] + 2 * profile[:, 1:-1] + profile[:, 2:]) / 4  # noise would look like a steep edge
    slope = np.abs(np.diff(smooth, axis=1)).max(axis=1) / 0.5
    step = smooth.max(axis=1) - smooth.min(axis=1)
    width = step[step > 0] / np.maximum(slope[step > 0], 1e-6)
    return (float(np.median(width)) if len(width) else float("inf")), square
