"""Few points that stand for many."""

from __future__ import annotations

import numpy as np


def farthest_points(points: np.ndarray, count: int) -> np.ndarray:
    """(count,) numbers of points (N, 3) that lie far from each other; the first is the one farthest from the middle."""
    distance = np.full(len(points), np.inf)
    chosen = [int(np.argmax(np.square(points - points.mean(axis=0)).sum(axis=1)))]
    while len(chosen) < min(count, len(points)):
        distance = np.minimum(distance, np.square(points - points[chosen[-1]]).sum(axis=1))
        chosen.append(int(np.argmax(distance)))
    return np.array(chosen)


def spread_vertices(areas: np.ndarray, count: int) -> np.ndarray:
    """(<= count,) numbers of vertices, each standing for about as much area; the same ones every time.

    areas (N,): what each vertex stands for. Neighbouring numbers mostly are neighbours, so they are shuffled first.
    """
    order = np.random.default_rng(0).permutation(len(areas))
    reach = np.cumsum(areas[order])
    if reach[-1] <= 0:
        return order[:count]
    places = (np.arange(count) + 0.5) / count * reach[-1]
    return np.unique(order[np.searchsorted(reach, places).clip(max=len(order) - 1)])
