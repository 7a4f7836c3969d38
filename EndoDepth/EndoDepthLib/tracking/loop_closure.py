"""Places seen again: keyframes far apart in time whose features match and whose alignment holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.tracking.direct_alignment import AlignableFrame, align
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.following import KnownPoints, pose_from_points
from EndoDepthLib.tracking.placing import Link, Places
from EndoDepthLib.tracking.rigid import inverse

_FEATURES = 400
_RATIO = 0.75
_LEAST_MATCHES = 20
_LEAST_APART = 3
"""Keyframes; nearer ones are linked already."""
_LEAST_OVERLAP, _LEAST_CORRELATION, _LARGEST_DEPTH_ERROR = 0.35, 0.5, 0.15
"""Stricter than in tracking: a wrong loop bends everything."""
_MOST_PAIRS, _MOST_LOOPS = 2000, 60


@dataclass(frozen=True)
class _Features:
    pixels: np.ndarray
    descriptors: np.ndarray


def loops(
    evidence: SequenceEvidence,
    places: Places,
    keyframes: Sequence[int],
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Link]:
    """Links between keyframes (positions, in order) that show the same place at other times: Lowe's ratio test on SIFT
    features (IJCV 2004), pose from the first one's depth, direct alignment as proof."""
    sift = cv2.SIFT.create(_FEATURES)
    features = [_features(evidence, sift, position) for position in keyframes]
    pairs = list(_pairs(len(keyframes)))
    candidates = []
    for number, (i, j) in enumerate(pairs):
        if progress is not None:
            progress("looking for places seen again", number, len(pairs))
        matches = _matches(features[i], features[j])
        if len(matches) >= _LEAST_MATCHES:
            candidates.append((len(matches), i, j, matches))
    candidates.sort(key=lambda candidate: -candidate[0])
    prepared: dict[int, AlignableFrame] = {}
    found: list[Link] = []
    for _, i, j, matches in candidates[: 3 * _MOST_LOOPS]:
        if len(found) >= _MOST_LOOPS:
            break
        link = _proved(evidence, places, keyframes[i], keyframes[j], features[i], features[j], matches, prepared)
        found += [] if link is None else [link]
    return found


def _features(evidence: SequenceEvidence, sift: cv2.SIFT, position: int) -> _Features:
    frame = evidence[position]
    usable = (frame.weight > 0.05).astype(np.uint8)
    points, descriptors = sift.detectAndCompute(cv2.createCLAHE(3.0, (8, 8)).apply(frame.grey), usable)
    if descriptors is None or not len(points):
        return _Features(np.zeros((0, 2)), np.zeros((0, 128), np.float32))
    return _Features(np.array([point.pt for point in points]), descriptors)


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    """Pairs of keyframes that are far apart in time, spread evenly when there are too many."""
    every = [(i, j) for i in range(count) for j in range(i + _LEAST_APART, count)]
    step = max(1, len(every) // _MOST_PAIRS)
    yield from every[::step]


def _matches(one: _Features, other: _Features) -> np.ndarray:
    """(M, 2) int: features of both that are each other's best, by far."""
    if min(len(one.pixels), len(other.pixels)) < _LEAST_MATCHES:
        return np.zeros((0, 2), int)
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one.descriptors, other.descriptors, k=2)
    good = [(p[0].queryIdx, p[0].trainIdx) for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    return np.array(good, dtype=int).reshape(-1, 2)


def _proved(
    evidence: SequenceEvidence,
    places: Places,
    first: int,
    second: int,
    of_first: _Features,
    of_second: _Features,
    matches: np.ndarray,
    prepared: dict[int, AlignableFrame],
) -> Link | None:
    scale = places.placed[first].disparity_scale
    known = evidence[first]
    column, row = np.rint(of_first.pixels[matches[:, 0]]).astype(int).T
    row, column = np.clip(row, 0, known.grey.shape[0] - 1), np.clip(column, 0, known.grey.shape[1] - 1)
    disparity = known.disparity[row, column].astype(np.float64)
    good = np.isfinite(disparity)
    points = KnownPoints(
        of_second.pixels[matches[good, 1]], evidence.rays[row, column][good] / (scale * disparity[good])[:, None]
    )
    answer = pose_from_points(evidence, points)
    if answer is None:
        return None
    for position, factor in ((first, scale), (second, 1.0)):
        if (key := position if position == first else ~position) not in prepared:
            prepared[key] = AlignableFrame(evidence[position], evidence.camera, factor)
    found = align(prepared[first], prepared[~second], inverse(answer[0]), 1.0 / places.placed[second].disparity_scale)
    if found is None or found.overlap < _LEAST_OVERLAP or found.correlation < _LEAST_CORRELATION:
        return None
    return Link(first, second, found, scale) if found.depth_error <= _LARGEST_DEPTH_ERROR else None
