"""What an endoscope sees of an organ, with the errors that predicted depth has; the truth is kept beside it.

The part grows from one place over all that faces the camera, to 15 to 40 % of the organ. Depth errs along the camera's
rays, as a share of the depth (about 60 mm): a slow bend of 2 %, waves as wide as a centimetre of 1.2 %, 0.8 % from
point to point, and 8 % of the surface in blobs that are 8 to 25 mm off. Then everything gets a pose and a scale
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import surface_samples, vertex_areas, vertex_normals
from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.geometry.similarity_fit import Similarity
from EndoDepthLib.registration import LandmarkPairs, SeenSurface

WORKING_DISTANCE_MM = 60.0
BEND, WAVES, GRAIN, OUTLIERS = 0.02, 0.012, 0.008, 0.08


@dataclass(frozen=True)
class Trial:
    """A seen surface, where it truly lies, landmark pairs with noise, and targets (T, 3) in the CT."""

    seen: SeenSurface
    ct_from_surface: Similarity
    landmarks: LandmarkPairs
    targets_ct: np.ndarray
    share: float

    def target_errors_mm(self, ct_from_surface: Similarity) -> np.ndarray:
        """(T,) how far each target is put wrong."""
        truth = self.ct_from_surface
        at_surface = (self.targets_ct - truth.translation) @ truth.rotation / truth.scale
        errors: np.ndarray = np.linalg.norm(ct_from_surface.apply(at_surface) - self.targets_ct, axis=1)
        return errors


def make_trial(
    organ: OrganSurface,
    seed: int,
    landmark_count: int = 4,
    landmark_noise_mm: float = 4.0,
    share: float | None = None,
    depth_error: bool = True,
) -> Trial:
    """A trial drawn by `seed`; landmark_noise_mm is the root mean square length of a landmark's error."""
    random = np.random.default_rng([7, seed])
    chosen, share, towards_camera = _seen_triangles(organ, random, share or random.uniform(0.15, 0.40))
    inside = np.unique(organ.triangles[chosen])
    renumbered = np.full(len(organ.vertices), -1)
    renumbered[inside] = np.arange(len(inside))
    true_points, triangles = organ.vertices[inside], renumbered[organ.triangles[chosen]]
    normals = vertex_normals(true_points, triangles)
    camera = _camera(true_points, towards_camera)
    rays = true_points - camera
    error = _depth_error(true_points, vertex_areas(true_points, triangles), rays, towards_camera, random)
    seen_ct = true_points + depth_error * rays * error[:, None]
    truth = _drawn_similarity(random)
    landmarks = _landmarks(true_points, normals, truth, random, landmark_count, landmark_noise_mm)
    seen = SeenSurface(_to_surface(truth, seen_ct), triangles)
    return Trial(seen, truth, landmarks, _targets(true_points, normals, organ, random), share)


def _seen_triangles(
    organ: OrganSurface, random: np.random.Generator, share: float
) -> tuple[np.ndarray, float, np.ndarray]:
    """Numbers of the seen triangles, their share of the organ's area, the direction to the camera."""
    areas = vertex_areas(organ.vertices, organ.triangles)
    for _ in range(50):
        place = int(random.choice(len(areas), p=areas / areas.sum()))
        direction = organ.normals[place] + 0.3 * random.standard_normal(3)
        direction /= np.linalg.norm(direction)
        faces = organ.normals @ direction > 0.15
        reached = _grown(organ, place, faces, share * areas.sum(), areas)
        inside = reached[organ.triangles].all(axis=1)
        got = float(areas[reached].sum() / areas.sum())
        if got >= 0.13:
            return np.flatnonzero(inside), got, direction
    raise AssertionError("no part of this organ is large enough")


def _grown(organ: OrganSurface, place: int, faces: np.ndarray, area: float, areas: np.ndarray) -> np.ndarray:
    """Vertices connected with `place` over vertices that face the camera, the nearest first, up to an area."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    edges = np.concatenate([organ.triangles[:, [0, 1]], organ.triangles[:, [1, 2]], organ.triangles[:, [2, 0]]])
    edges = edges[faces[edges].all(axis=1)]
    lengths = np.linalg.norm(organ.vertices[edges[:, 0]] - organ.vertices[edges[:, 1]], axis=1)
    graph = coo_matrix((lengths, (edges[:, 0], edges[:, 1])), shape=(len(areas), len(areas))).tocsr()
    graph = graph.maximum(graph.T)
    distance = dijkstra(graph, indices=place)
    order = np.argsort(distance, kind="stable")
    order = order[np.isfinite(distance[order])]
    count = int(np.searchsorted(np.cumsum(areas[order]), area)) + 1
    reached = np.zeros(len(areas), bool)
    reached[order[:count]] = True
    return reached


def _camera(points: np.ndarray, towards_camera: np.ndarray) -> np.ndarray:
    """Over the middle, about the working distance above what is highest there."""
    middle = points.mean(axis=0)
    height = float(((points - middle) @ towards_camera).max())
    return middle + (max(WORKING_DISTANCE_MM, height + 30.0)) * towards_camera


def _depth_error(
    points: np.ndarray, areas: np.ndarray, rays: np.ndarray, towards_camera: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """(N,) relative error of depth."""
    depth = -rays @ towards_camera
    sideways = rays + depth[:, None] * towards_camera
    axes = np.linalg.svd(sideways, full_matrices=False)[2][:2]
    u, v = (sideways @ axes.T / np.abs(sideways @ axes.T).max(axis=0)).T
    low = np.stack([u, v, u * u, u * v, v * v, u**3, v**3, u * u * v, u * v * v])
    bend = random.standard_normal(len(low)) @ low
    waves = _smooth_noise(points, random, 10.0)
    error = BEND * _unit_rms(bend, areas) + WAVES * _unit_rms(waves, areas)
    error += GRAIN * random.standard_normal(len(points))
    # A surface fused from a sequence was seen from about the same distance everywhere.
    error *= WORKING_DISTANCE_MM / depth.clip(min=20.0)
    outlying, total = np.zeros(len(points), bool), areas.sum()
    while areas[outlying].sum() < OUTLIERS * total:
        middle = points[random.integers(len(points))]
        reach = random.uniform(4.0, 9.0)
        blob = np.linalg.norm(points - middle, axis=1) < reach
        error[blob & ~outlying] += random.choice([-1.0, 1.0]) * random.uniform(8.0, 25.0) / depth.mean()
        outlying |= blob
    return error


def _smooth_noise(points: np.ndarray, random: np.random.Generator, length_mm: float) -> np.ndarray:
    waves = random.standard_normal((80, 3)) / length_mm
    return np.cos(points @ waves.T + random.uniform(0, 2 * np.pi, 80)) @ random.standard_normal(80)


def _unit_rms(values: np.ndarray, areas: np.ndarray) -> np.ndarray:
    centred = values - np.average(values, weights=areas)
    return centred / np.sqrt(np.average(centred**2, weights=areas))


def _drawn_similarity(random: np.random.Generator) -> Similarity:
    """Any turn, millimetres per unit from 0.3 to 3."""
    rotation = np.linalg.qr(random.standard_normal((3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    return Similarity(float(np.exp(random.uniform(np.log(0.3), np.log(3.0)))), rotation, random.uniform(-200, 200, 3))


def _to_surface(truth: Similarity, points_ct: np.ndarray) -> np.ndarray:
    points: np.ndarray = (points_ct - truth.translation) @ truth.rotation / truth.scale
    return points


def _landmarks(
    points: np.ndarray,
    normals: np.ndarray,
    truth: Similarity,
    random: np.random.Generator,
    count: int,
    noise_mm: float,
) -> LandmarkPairs:
    """Places that a person would choose, well apart, marked with noise."""
    distance, chosen = np.full(len(points), np.inf), [int(random.integers(len(points)))]
    while len(chosen) < count + 1:  # the first one only starts: it may lie anywhere
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
        spread = distance * random.uniform(0.6, 1.0, len(points))
        chosen.append(int(np.argmax(spread)))
    places = points[chosen[1:]]
    marked = places + noise_mm / np.sqrt(3.0) * random.standard_normal(places.shape)
    return LandmarkPairs(_to_surface(truth, places), marked, noise_mm)


def _targets(
    points: np.ndarray, normals: np.ndarray, organ: OrganSurface, random: np.random.Generator, count: int = 30
) -> np.ndarray:
    """Places inside the organ, 10 to 40 mm below what was seen (and no nearer than 8 mm to any surface)."""
    from scipy.spatial import cKDTree

    around, outward = surface_samples(organ.vertices, organ.triangles, organ.normals, 4000)
    place = random.integers(len(points), size=2000)
    targets = points[place] - random.uniform(10.0, 40.0, 2000)[:, None] * normals[place]
    distance, nearest = cKDTree(around).query(targets)
    is_inside = np.einsum("ij,ij->i", targets - around[nearest], outward[nearest]) < 0
    return targets[is_inside & (distance >= 8.0)][:count]
