"""The two straight edges of an instrument's shaft in a label mask."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.values import Camera

_LEAST_AREA = 0.003  # of the picture: smaller specks are no shaft
_TRIES = 400
_ON_LINE_PX = 1.2
_TAKEN_PX = 3.0
_MOST_LINES = 5
_LEAST_POINTS = 20
_MOST_ANGLE_DEG = 20.0  # between the edges of a shaft that comes towards the camera
_BORDER_PX = 8.0
_EVEN_PX = 0.5  # widest mean distance of the points of an edge from its line


@dataclass(frozen=True)
class ShaftEdges:
    """Two planes through the optical centre that touch the shaft: normals (2, 3) of length 1, towards its inside.

    inside (H, W) bool: pixels of the shaft between them; width_px: between the edges; scatter_px: of the edge points.
    """

    normals: np.ndarray
    inside: np.ndarray
    width_px: float
    scatter_px: float
    points: int


@dataclass(frozen=True)
class _Line:
    """A line n . (x, y, 1) = 0 of normalised coordinates, n[:2] of length 1, and the edge points on it."""

    n: np.ndarray
    chosen: np.ndarray


def find_shafts(mask: np.ndarray, content: np.ndarray, camera: Camera) -> list[ShaftEdges]:
    """The shafts in a mask (H, W) bool of instruments; content (H, W) bool is the picture inside its dark border.

    A shaft enters over the border of the picture, and its edges are straight once the lens is undone: robust lines
    through the edge of the mask, of which two that enclose nothing but mask and reach the border make a shaft. What has
    no such edges (tips, jaws, cut by another instrument) gives none.
    """
    found = []
    count, pieces = cv2.connectedComponents((mask & content).astype(np.uint8), connectivity=4)
    for piece in range(1, count):
        alone = pieces == piece
        if alone.sum() >= _LEAST_AREA * mask.size:
            found += _shaft_of(alone, content, camera)
    return found


def _shaft_of(mask: np.ndarray, content: np.ndarray, camera: Camera) -> list[ShaftEdges]:
    pixels = _edge_points(mask, content)
    if len(pixels) < 2 * _LEAST_POINTS:
        return []
    rays = pixel_rays(camera, pixels)
    known = np.isfinite(rays).all(axis=1)
    pixels, rays = pixels[known], rays[known]
    border_px = _distance_to_border(content)[np.rint(pixels[:, 1]).astype(int), np.rint(pixels[:, 0]).astype(int)]
    lines = _lines(rays, camera)
    best: tuple[float, ShaftEdges] | None = None
    for one, other in combinations(lines, 2):
        edges = _pair(one, other, rays, border_px, mask, camera)
        if edges is not None and (best is None or edges.points > best[0]):
            best = (edges.points, edges)
    return [best[1]] if best else []


def _edge_points(mask: np.ndarray, content: np.ndarray) -> np.ndarray:
    """(N, 2) pixel positions half way between a pixel of the mask and a neighbour outside it, inside the picture."""
    rows, columns = np.nonzero((mask[:, 1:] != mask[:, :-1]) & content[:, 1:] & content[:, :-1])
    sideways = np.stack([columns + 0.5, rows], axis=1)
    rows, columns = np.nonzero((mask[1:] != mask[:-1]) & content[1:] & content[:-1])
    return np.concatenate([sideways, np.stack([columns, rows + 0.5], axis=1)]).astype(np.float64)


def _distance_to_border(content: np.ndarray) -> np.ndarray:
    framed = np.pad(np.uint8(content), 1)
    return cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]


def _lines(rays: np.ndarray, camera: Camera) -> list[_Line]:
    """Straight stretches of the edge, those of most points first (RANSAC, Fischler and Bolles 1981)."""
    rng = np.random.default_rng(0)  # the same answer every time
    focal = (camera.fx + camera.fy) / 2.0
    free = np.arange(len(rays))
    lines: list[_Line] = []
    while len(free) >= _LEAST_POINTS and len(lines) < _MOST_LINES:
        first, second = rng.choice(free, (2, _TRIES))
        normals = np.cross(rays[first], rays[second])
        lengths = np.hypot(normals[:, 0], normals[:, 1])
        normals = normals[lengths * focal > 4.0] / lengths[lengths * focal > 4.0, None]
        if not len(normals):
            break
        near = np.abs(normals @ rays[free].T) * focal < _ON_LINE_PX
        best = normals[near.sum(axis=1).argmax()]
        for _ in range(4):
            chosen = free[np.abs(rays[free] @ best) * focal < _ON_LINE_PX]
            if len(chosen) < _LEAST_POINTS:
                return lines
            best = _line_through(rays[chosen])
        lines.append(_Line(best, chosen))
        free = free[np.abs(rays[free] @ best) * focal > _TAKEN_PX]
    return lines


def _line_through(rays: np.ndarray) -> np.ndarray:
    """n of the line closest to points (N, 3) (x, y, 1), n[:2] of length 1 (total least squares)."""
    middle = rays[:, :2].mean(axis=0)
    _, _, axes = np.linalg.svd(rays[:, :2] - middle, full_matrices=False)
    return np.array([*axes[1], -axes[1] @ middle])


def _pair(
    one: _Line, other: _Line, rays: np.ndarray, border_px: np.ndarray, mask: np.ndarray, camera: Camera
) -> ShaftEdges | None:
    """Two lines as the edges of one shaft, or None when they are none."""
    focal = (camera.fx + camera.fy) / 2.0
    if abs(one.n[:2] @ other.n[:2]) < np.cos(np.radians(_MOST_ANGLE_DEG)):
        return None
    if max(border_px[one.chosen].min(), border_px[other.chosen].min()) > _BORDER_PX:
        return None
    # Each normal towards the other line's points.
    first = one.n * np.sign(np.median(rays[other.chosen] @ one.n))
    second = other.n * np.sign(np.median(rays[one.chosen] @ other.n))
    if first[:2] @ second[:2] > 0:
        return None
    along = np.array([first[1] - second[1], second[0] - first[0]])
    along /= np.linalg.norm(along)
    places = [rays[line.chosen, :2] @ along for line in (one, other)]
    start, end = max(p.min() for p in places), min(p.max() for p in places)
    width = float(np.median(np.concatenate([rays[other.chosen] @ first, rays[one.chosen] @ second])))
    if (end - start) < max(1.2 * width, 16.0 / focal) or width * focal < 4.0:
        return None
    grid = _undistorted_grid(camera)
    position = grid[..., :2] @ along
    stretch = (position >= start) & (position <= end)
    between = stretch & (grid @ first > 0) & (grid @ second > 0)
    outside = stretch & ~between & (grid @ first > -0.25 * width) & (grid @ second > -0.25 * width)
    core = between & (grid @ first > width / 3.0) & (grid @ second > width / 3.0)
    # Open jaws are as straight as a shaft, but for the gap between them.
    if (
        not core.any()
        or mask[between].mean() < 0.95
        or mask[core].mean() < 0.995
        or (outside.any() and mask[outside].mean() > 0.2)
    ):
        return None
    scatter = [float(np.sqrt(np.mean((rays[line.chosen] @ line.n) ** 2))) * focal for line in (one, other)]
    if max(scatter) > _EVEN_PX:
        return None
    normals = np.stack([first / np.linalg.norm(first), second / np.linalg.norm(second)])
    inside = between & mask & (grid @ first > 0.2 * width) & (grid @ second > 0.2 * width)
    points = len(one.chosen) + len(other.chosen)
    return ShaftEdges(normals, inside, width * focal, max(scatter), points) if inside.sum() >= 20 else None


def _undistorted_grid(camera: Camera) -> np.ndarray:
    from EndoDepthLib.geometry import camera_rays

    return camera_rays(camera)
