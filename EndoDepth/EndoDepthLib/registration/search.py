"""Where on the organ a seen surface could lie, when nobody marked landmarks.

The share of the organ that was seen is known roughly, which leaves a few scales; a patch lies on the organ with its
mean normal along the organ's, which leaves a place and a turn. All of these poses are tried on a few points with a grid
of distances, the best are aligned in full. Where another pose far away is as likely, that is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import vertex_areas
from EndoDepthLib.geometry.similarity_fit import Similarity
from EndoDepthLib.registration.alignment import Aligner, Alignment
from EndoDepthLib.registration.distance_grid import DistanceGrid
from EndoDepthLib.registration.organ_samples import OrganSamples
from EndoDepthLib.registration.seen_surface import SeenSurface
from EndoDepthLib.registration.settings import RegistrationSettings
from EndoDepthLib.registration.spread import farthest_points, spread_vertices

_PLACES, _TURNS, _SCALES, _POINTS = 180, 24, 6, 50
_LOOKED_AT, _COARSE, _FINE = 1500, 120, 16
_FAR, _AWAY = 0.12, 0.06
"""Shares of the surface's size: the distance from which on all count alike, the penalty of a normal that looks away."""
_UNLIKE_MM = 5.0
_ROUGH_NOISE = 0.02
_RIVAL_COST = 8.0
"""Poses whose negative log likelihoods differ by less than this are not told apart: of a nearly symmetric organ the
wrong one was better by 5."""
_APART_MM = 10.0


@dataclass(frozen=True)
class Candidate:
    """A pose, its cost, and whether it rivals the best one: far from it and about as likely."""

    alignment: Alignment
    cost: float
    rivals: bool = False


def search_poses(
    seen: SeenSurface,
    samples: OrganSamples,
    aligner: Aligner,
    settings: RegistrationSettings,
    report: Callable[[float], None],
) -> list[Candidate]:
    """Poses that fit, the best first; never empty. progress is reported as 0..0.9."""
    areas = vertex_areas(seen.vertices, seen.triangles)
    chosen = spread_vertices(areas, _POINTS)
    points, normals = seen.vertices[chosen], seen.normals[chosen]
    area = float(areas.sum())
    grid = DistanceGrid(samples)
    report(0.1)
    starts = _coarse(points, normals, area, samples, grid, settings)
    report(0.3)
    rough = []
    for number, start in enumerate(starts):
        rough.append(aligner.align_roughly(start))
        report(0.3 + 0.4 * (number + 1) / len(starts))
    rough = _apart(sorted(rough, key=lambda each: aligner.cost(each, _ROUGH_NOISE)), seen)[:_FINE]
    fine = [aligner.align(each.similarity, (5.0, 3.0)) for each in rough]
    report(0.9)
    return _ranked(fine, aligner, seen, settings, area, samples)


def _coarse(
    points: np.ndarray,
    normals: np.ndarray,
    area: float,
    samples: OrganSamples,
    grid: DistanceGrid,
    settings: RegistrationSettings,
) -> list[Similarity]:
    """The starts that look best on a few points, all distances taken as shares of the surface's size."""
    centre, normal = points.mean(axis=0), _unit(normals.mean(axis=0))
    centred, spread = points - centre, float(np.sqrt(np.sum(points.var(axis=0))))
    places = farthest_points(samples.points[::4], _PLACES) * 4
    shares = np.geomspace(settings.smallest_share, settings.largest_share, _SCALES)
    scores, poses = [], []
    for scale in np.sqrt(shares * samples.area_mm2 / area):
        size_mm = scale * np.sqrt(area)
        means, middles = _patches(samples, places, scale * spread)
        for mean, middle in zip(means, middles, strict=True):
            turns = _turns(normal, mean)
            placed = scale * centred @ turns.transpose(0, 2, 1) + middle
            facing = np.einsum("tij,tij->ti", normals @ turns.transpose(0, 2, 1), grid.normals(placed))
            apart = np.minimum(grid.distances(placed) / size_mm, _FAR) + _AWAY * (facing < 0.2)
            scores.append(apart.mean(axis=1))
            poses.append((float(scale), turns, middle))
    found = []
    for number in np.argsort(np.concatenate(scores))[:_LOOKED_AT]:
        pose_scale, turns, middle = poses[number // _TURNS]
        rotation = turns[number % _TURNS]
        found.append(Similarity(pose_scale, rotation, middle - pose_scale * rotation @ centre))
    return _unlike(found, points)


def _unlike(poses: list[Similarity], points: np.ndarray) -> list[Similarity]:
    """The first of these poses, without those that put the points close to where a better one does."""
    few = points[farthest_points(points, 6)]
    kept: list[Similarity] = []
    placed = np.zeros((0, 6, 3))
    for pose in poses:
        here = pose.apply(few)
        if np.all(np.abs(placed - here).mean(axis=(1, 2)) > _UNLIKE_MM):
            kept.append(pose)
            placed = np.concatenate([placed, here[None]])
        if len(kept) == _COARSE:
            break
    return kept


def _patches(samples: OrganSamples, places: np.ndarray, extent: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean normal and middle of the organ's patch of about this extent around each place."""
    few = np.arange(0, len(samples.points), max(len(samples.points) // 2000, 1))
    points, normals = samples.points[few], samples.normals[few]
    near = np.square(samples.points[places][:, None] - points[None]).sum(axis=2) < (1.4 * extent) ** 2
    near &= samples.normals[places] @ normals.T > -0.1
    near = near.astype(float)
    count = np.maximum(near.sum(axis=1, keepdims=True), 1)
    means = near @ normals
    return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), near @ points / count


def _turns(normal: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """(T, 3, 3) rotations that bring `normal` onto `onto`, all around it."""
    first, second = _frame(normal), _frame(onto)
    turns = []
    for angle in np.linspace(0, 2 * np.pi, _TURNS, endpoint=False):
        c, s = np.cos(angle), np.sin(angle)
        turns.append(second @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ first.T)
    return np.array(turns)


def _frame(axis: np.ndarray) -> np.ndarray:
    other = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = _unit(np.cross(other, axis))
    return np.stack([x, np.cross(axis, x), axis], axis=1)


def _unit(vector: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit


def _apart(found: list[Alignment], seen: SeenSurface) -> list[Alignment]:
    """Without those that came to the place of a better one."""
    kept: list[Alignment] = []
    for each in found:
        if all(_distance_mm(each.similarity, other.similarity, seen) > 4.0 for other in kept):
            kept.append(each)
    return kept


def _distance_mm(one: Similarity, other: Similarity, seen: SeenSurface) -> float:
    few = seen.vertices[:: max(len(seen.vertices) // 50, 1)]
    return float(np.sqrt(np.mean(np.square(one.apply(few) - other.apply(few)).sum(axis=1))))


def _ranked(
    fine: list[Alignment],
    aligner: Aligner,
    seen: SeenSurface,
    settings: RegistrationSettings,
    area: float,
    samples: OrganSamples,
) -> list[Candidate]:
    noise = min(each.noise_mm / aligner.size_mm(each.similarity) for each in fine)
    ranked = []
    for each in fine:
        share = area * each.similarity.scale**2 / samples.area_mm2
        outside = max(np.log(settings.smallest_share / share), np.log(share / settings.largest_share), 0.0)
        ranked.append(Candidate(each, aligner.cost(each, noise) + 20.0 * outside))
    ranked.sort(key=lambda each: each.cost)
    best = ranked[0]
    return [best] + [
        replace(
            each,
            rivals=bool(each.cost < best.cost + _RIVAL_COST)
            and _distance_mm(each.alignment.similarity, best.alignment.similarity, seen) > _APART_MM,
        )
        for each in ranked[1:]
    ]
