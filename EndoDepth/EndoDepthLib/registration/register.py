"""A seen surface brought to the organ in the CT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from EndoDepthLib.anatomy.mesh_measures import vertex_areas
from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.errors import RegistrationError
from EndoDepthLib.geometry.similarity_fit import Similarity
from EndoDepthLib.registration.alignment import Aligner, Alignment
from EndoDepthLib.registration.landmarks import LandmarkPairs, check_not_mirrored
from EndoDepthLib.registration.organ_samples import OrganSamples
from EndoDepthLib.registration.result import Registration
from EndoDepthLib.registration.search import Candidate, search_poses
from EndoDepthLib.registration.seen_surface import SeenSurface
from EndoDepthLib.registration.settings import RegistrationSettings
from EndoDepthLib.registration.spread import spread_vertices
from EndoDepthLib.registration.starts import landmark_covariance, landmark_starts

CALIBRATION = 1.2
"""By how much errors exceed what the covariance says, found on simulated organs (Testing/Benchmarks/registration.py
--first-seed 1000; by default it takes others)."""
_BELONGS_MM = 5.0
_LEAST_INLIERS = 0.4
_SMALLEST_ORGAN_MM = 20.0
_SCALE_DISAGREES = 0.15
_MIRROR_COST = 10.0
"""Negative log likelihood by which the mirror image has to be better before the CT is refused."""
_TARGET_DEPTHS_MM = (10.0, 20.0, 30.0, 40.0)


def register_surface(
    surface: Any,
    organ: OrganSurface,
    landmarks: LandmarkPairs | None = None,
    settings: RegistrationSettings | None = None,
    progress: Callable[[float], None] | None = None,
) -> Registration:
    """The similarity that brings a seen surface to an organ's, with the error to expect.

    surface: a SeenSurface or any value with vertices and triangles in LPS directions (Surface, a fused surface), in any
    unit. landmarks: at least three pairs; with None poses are searched everywhere on the organ, and the result may be
    ambiguous. progress is called with 0..1. Raises InputError for surfaces that cannot be used, RegistrationError when
    landmarks cannot be, when the CT looks mirrored, or when nothing fits.
    """
    seen, settings = SeenSurface.of(surface), settings or RegistrationSettings()
    report = progress or (lambda fraction: None)
    _check_size(organ)
    samples = OrganSamples(organ)
    if landmarks is not None:
        check_not_mirrored(landmarks)
        if not settings.refine:
            return _from_landmarks(seen, samples, landmarks, settings)
    aligner = _aligner(seen, samples, landmarks, settings)
    if landmarks is not None:
        starts = landmark_starts(landmarks, settings.starts)
        found = []
        for number, start in enumerate(starts):
            found.append(aligner.align(start))
            report(0.9 * (number + 1) / len(starts))
        best = _best(found, aligner)
        others: tuple[Similarity, ...] = ()
        method = "landmarks and surface"
        _check_ct_not_mirrored(seen, samples, landmarks, settings, aligner, best)
    else:
        best, others = _searched(seen, samples, aligner, settings, report)
        method = "surface"
    result = _describe(seen, samples, best, others, method, landmarks)
    if result.inlier_share < _LEAST_INLIERS:
        raise RegistrationError(
            f"only {100 * result.inlier_share:.0f} % of the seen surface lies within {_BELONGS_MM:.0f} mm of "
            f"'{organ.name}' (expected {100 * _LEAST_INLIERS:.0f} % or more): another organ, wrong landmarks, or a "
            "mirrored CT; check the segment and the landmarks, and crop the surface to the organ"
        )
    report(1.0)
    return result


def _check_size(organ: OrganSurface) -> None:
    diagonal = float(np.linalg.norm(np.ptp(organ.vertices, axis=0)))
    if diagonal < _SMALLEST_ORGAN_MM:
        raise RegistrationError(
            f"'{organ.name}' has a diagonal of {diagonal:.1f} mm; expected at least {_SMALLEST_ORGAN_MM:.0f} mm to "
            "find a surface on it: choose the whole organ"
        )


def _aligner(
    seen: SeenSurface, samples: OrganSamples, landmarks: LandmarkPairs | None, settings: RegistrationSettings
) -> Aligner:
    areas = vertex_areas(seen.vertices, seen.triangles)
    chosen = spread_vertices(areas, settings.points)
    chosen = chosen[seen.weights[chosen] > 0]
    if len(chosen) < 20:
        raise RegistrationError(
            f"only {len(chosen)} points of the seen surface have any confidence; expected 20 or more"
        )
    return Aligner(
        seen.vertices[chosen],
        seen.normals[chosen],
        seen.weights[chosen],
        float(areas.sum()),
        samples,
        landmarks,
        settings,
    )


def _best(found: list[Alignment], aligner: Aligner) -> Alignment:
    noise = min(each.noise_mm / aligner.size_mm(each.similarity) for each in found)
    return min(found, key=lambda each: aligner.cost(each, noise))


def _check_ct_not_mirrored(
    seen: SeenSurface,
    samples: OrganSamples,
    landmarks: LandmarkPairs,
    settings: RegistrationSettings,
    aligner: Aligner,
    best: Alignment,
) -> None:
    """Refuse a CT whose mirror image is far likelier: three landmarks cannot tell, the surface can."""
    flip = np.array([-1.0, 1.0, 1.0])
    mirrored = SeenSurface(seen.vertices * flip, seen.triangles[:, ::-1], seen.weights)
    pairs = LandmarkPairs(landmarks.surface * flip, landmarks.ct, landmarks.noise_mm, landmarks.names)
    of_mirrored = _aligner(mirrored, samples, pairs, settings)
    other = of_mirrored.align(pairs.fit())
    noise = min(
        best.noise_mm / aligner.size_mm(best.similarity), other.noise_mm / of_mirrored.size_mm(other.similarity)
    )
    if of_mirrored.cost(other, noise) < aligner.cost(best, noise) - _MIRROR_COST:
        raise RegistrationError(
            f"the surface fits the mirror image of '{samples.organ.name}' far better than '{samples.organ.name}' "
            "itself: left and right are swapped in one of them; export the CT again, or check the landmarks' names"
        )


def _searched(
    seen: SeenSurface,
    samples: OrganSamples,
    aligner: Aligner,
    settings: RegistrationSettings,
    report: Callable[[float], None],
) -> tuple[Alignment, tuple[Similarity, ...]]:
    """The best pose found anywhere on the organ, and others that fit about as well."""
    candidates: list[Candidate] = search_poses(seen, samples, aligner, settings, report)
    best = candidates[0]
    rivals = tuple(each.alignment.similarity for each in candidates[1:] if each.rivals)
    return best.alignment, rivals


def _from_landmarks(
    seen: SeenSurface, samples: OrganSamples, landmarks: LandmarkPairs, settings: RegistrationSettings
) -> Registration:
    similarity = landmarks.fit()
    centre = similarity.apply(landmarks.surface).mean(axis=0)
    covariance = landmark_covariance(landmarks, similarity, centre)
    nothing = np.zeros(0)
    alone = Alignment(similarity, covariance, centre, nothing, nothing, settings.smallest_noise_mm, 0.0, 0.0)
    return _describe(seen, samples, alone, (), "landmarks", landmarks)


def _describe(
    seen: SeenSurface,
    samples: OrganSamples,
    found: Alignment,
    others: tuple[Similarity, ...],
    method: str,
    landmarks: LandmarkPairs | None,
) -> Registration:
    similarity = found.similarity
    placed = similarity.apply(seen.vertices)
    place = samples.nearest(placed)
    signed = np.einsum("ij,ij->i", placed - samples.points[place], samples.normals[place])
    residuals = np.copysign(samples.distance_mm(placed), signed)
    areas = vertex_areas(seen.vertices, seen.triangles)
    belongs = np.abs(residuals) <= _BELONGS_MM
    inlier_share = float(areas[belongs].sum() / areas.sum())
    weights = areas * belongs * seen.weights
    rms = float(np.sqrt(np.average(np.square(residuals), weights=weights))) if weights.sum() > 0 else float("inf")
    warnings = ["another pose fits about as well: mark three landmarks or more"] if others else []
    if seen.is_metric and abs(np.log(similarity.scale)) > _SCALE_DISAGREES:
        warnings.append(
            f"the surface says it is in millimetres, but fits the CT {similarity.scale:.2f} times as large: one of the "
            "two scales is wrong"
        )
    targets = _targets(samples, place[belongs])
    return Registration(
        similarity,
        method,
        CALIBRATION**2 * found.covariance,
        found.centre,
        rms,
        _coverage(samples, placed[belongs]),
        inlier_share,
        residuals.astype(np.float32),
        found.bend_rms_mm,
        bool(others),
        others,
        None if landmarks is None else landmarks.residuals_mm(similarity),
        None if landmarks is None else landmarks.leave_one_out_mm(),
        tuple(warnings),
        targets,
    )


def _coverage(samples: OrganSamples, placed: np.ndarray) -> float:
    """The share of the organ's surface that the placed points lie over."""
    if not len(placed):
        return 0.0
    from scipy.spatial import cKDTree

    few = samples.points[:: max(len(samples.points) // 5000, 1)]
    return float(np.mean(cKDTree(placed).query(few, distance_upper_bound=_BELONGS_MM)[0] <= _BELONGS_MM))


def _targets(samples: OrganSamples, place: np.ndarray) -> np.ndarray:
    """Places 10 to 40 mm below the seen part of the organ, where a target would be."""
    if not len(place):
        return np.zeros((0, 3))
    few = place[np.linspace(0, len(place) - 1, 60).astype(int)]
    return np.concatenate([samples.points[few] - depth * samples.normals[few] for depth in _TARGET_DEPTHS_MM])
