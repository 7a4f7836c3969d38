"""Choosing views that differ: places in the picture, sizes and tilts, the sharper ones first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EndoDepthLib.calibration.board import Board
from EndoDepthLib.calibration.board_views import BoardView

DIFFERENT = 0.25
"""Least distance between two views that count as different, in the units of view_descriptor."""

_LEAST_BLURRED_PX = 4.5
_BLURRED_SHARE = 0.12


def is_blurred(view: BoardView) -> bool:
    """Whether the edges of the squares are wide, in pixels and in comparison with a square."""
    return view.edge_width_px > max(_LEAST_BLURRED_PX, _BLURRED_SHARE * view.square_px)


def view_descriptor(view: BoardView, board: Board, width: int, height: int) -> np.ndarray:
    """(5,): place (2), size and perspective (2) of a view; a distance of 1 is a clearly different view.

    Perspective: how much the board's scale changes from one side to the other, which is what a tilt does; taken from
    the homography around the seen corners' middle.
    """
    diagonal = float(np.hypot(width, height))
    points = view.points_mm(board)[:, :2]
    middle = points.mean(axis=0)
    reach = float(np.linalg.norm(points - middle, axis=1).max())
    matrix = view.homography(board) @ np.array([[reach, 0, middle[0]], [0, reach, middle[1]], [0, 0, 1.0]])
    perspective = matrix[2, :2] / matrix[2, 2]
    place = view.pixels.mean(axis=0) / diagonal
    return np.array([*(place / 0.2), np.log(max(view.square_px, 1e-3)) / 0.4, *(perspective / 0.15)])


def choose_views(views: Sequence[BoardView], board: Board, width: int, height: int, most: int) -> list[int]:
    """Positions of at most `most` views that differ most, sharp ones preferred; near copies are never taken twice.

    Farthest-point selection (Gonzalez, Theoretical Computer Science 1985), distances shrunk for blurred views.
    """
    if not views:
        return []
    places = np.array([view_descriptor(view, board, width, height) for view in views])
    places = np.where(np.isfinite(places), places, 1e3)
    widths = np.array([view.edge_width_px for view in views])
    share = np.array([len(view.corners) / board.corner_count for view in views])
    worth = np.sqrt(np.clip(widths.min() / np.maximum(widths, 1e-6), 0.1, 1.0)) * (0.5 + 0.5 * share)
    chosen = [int(np.argmax(worth))]
    nearest = np.linalg.norm(places - places[chosen[0]], axis=1)
    while len(chosen) < most:
        following = int(np.argmax(nearest * worth))
        if nearest[following] < DIFFERENT:
            break
        chosen.append(following)
        nearest = np.minimum(nearest, np.linalg.norm(places - places[following], axis=1))
    return sorted(chosen)
