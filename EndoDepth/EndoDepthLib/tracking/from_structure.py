"""Places from structure from motion: registered frames as they are; points followed into the frames between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from EndoDepthLib.motion import Motion
from EndoDepthLib.tracking.consistent_depth import fitted_scale
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.following import KnownPoints, follow_points, pose_from_points
from EndoDepthLib.tracking.placing import FOLLOWED, SFM, Placed, Places

_LARGEST_GAP = 6
"""Points are followed no further than this from a placed frame."""


def places_from_structure(
    evidence: SequenceEvidence, found: Motion, progress: Callable[[str, int, int], None] | None = None
) -> Places:
    """Place the registered frames, then those near them. evidence: under the camera of `found`."""
    places = Places()
    points = found.points
    pixels = evidence.working_pixels(points.pixel)
    for row, index in enumerate(found.trajectory.frame_indices):
        position, pose = int(index), found.trajectory.world_from_camera[row]
        mine = (points.frame == index) & np.isfinite(pixels).all(axis=1)
        known = KnownPoints(pixels[mine], points.xyz[points.point[mine]])
        scale = fitted_scale(evidence, position, pose, known)
        if scale is None:
            places.lost[position] = "too few points of structure from motion lie on tissue of known depth"
            continue
        places.known[position] = known
        places.placed[position] = Placed(pose, scale, SFM)
    fill_between(evidence, places, progress)
    return places


def fill_between(
    evidence: SequenceEvidence, places: Places, progress: Callable[[str, int, int], None] | None = None
) -> None:
    """Place frames no further than _LARGEST_GAP from a placed one with known points, the nearest first."""
    if not places.placed:
        return
    anchors = sorted(places.known)
    todo = sorted(
        (min(abs(position - anchor) for anchor in anchors), position)
        for position in range(len(evidence))
        if position not in places.placed
    )
    todo = [entry for entry in todo if entry[0] <= _LARGEST_GAP]
    for number, (_, position) in enumerate(sorted(todo, key=lambda entry: entry[1])):
        if progress is not None:
            progress("following points", number, len(todo))
        below = max((anchor for anchor in anchors if anchor < position), default=None)
        above = min((anchor for anchor in anchors if anchor > position), default=None)
        near = [a for a in (below, above) if a is not None and abs(a - position) <= _LARGEST_GAP]
        followed = []
        for anchor in near:
            ends, good = follow_points(evidence, anchor, position, places.known[anchor].pixels)
            followed.append(KnownPoints(ends[good], places.known[anchor].xyz[good]))
        joined = KnownPoints.joined(followed)
        guess = places.placed[min(near, key=lambda a: abs(a - position))].pose
        answer = pose_from_points(evidence, joined, guess)
        if answer is None:
            continue
        pose, agreeing = answer
        known = joined.part(agreeing)
        scale = fitted_scale(evidence, position, pose, known)
        if scale is None:
            continue
        places.placed[position] = Placed(pose, scale, FOLLOWED)
        places.lost.pop(position, None)
        places.known[position] = known
