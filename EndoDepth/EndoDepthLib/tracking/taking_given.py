"""Given poses in place of those that the pictures give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.tracking.consistent_depth import fitted_scale
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.notes import Notes, Progress
from EndoDepthLib.tracking.placing import GIVEN, Placed, Places
from EndoDepthLib.tracking.rigid import orthonormal
from EndoDepthLib.tracking.triangulated import triangulated_points
from EndoDepthLib.values import Scale


@dataclass(frozen=True)
class Given:
    """world_from_marker (4, 4) in mm by position, and where the camera sits on the marker (4, 4), unless unknown."""

    world_from_marker: dict[int, np.ndarray]
    marker_from_camera: np.ndarray | None = None


def take_given(
    evidence: SequenceEvidence, places: Places, given: Given, notes: Notes, progress: Progress | None
) -> None:
    """The given poses in place of what was found, which serves to find where the camera sits on the marker."""
    marker_from_camera = given.marker_from_camera
    if marker_from_camera is None:
        marker_from_camera = _solved_hand_eye(places, given, notes)
    poses = {
        position: orthonormal(pose @ marker_from_camera) for position, pose in sorted(given.world_from_marker.items())
    }
    notes.figures["marker_from_camera"] = marker_from_camera.tolist()
    notes.scale, notes.scale_source = Scale.METRIC_MM, "tracked poses"
    known = triangulated_points(evidence, poses, progress)
    fitted = {p: fitted_scale(evidence, p, poses[p], points) for p, points in known.items()}
    scales = {position: scale for position, scale in fitted.items() if scale is not None}
    if not scales:
        raise InputError(
            "with the given poses no point of the pictures can be triangulated: they do not belong to these frames, "
            "the hand-eye calibration is wrong, or the camera does not move"
        )
    common = float(np.median(list(scales.values())))
    places.placed = {p: Placed(pose, scales.get(p, common), GIVEN) for p, pose in poses.items()}
    places.lost = {p: "no given pose belongs to it" for p in range(len(evidence)) if p not in poses}
    places.known = known
    share = len(scales) / len(poses)
    notes.figures["frames_with_triangulated_points"] = len(scales)
    if share < 0.5:
        notes.warnings.append(
            f"only {share:.0%} of the frames show points that fit the given poses: check the hand-eye calibration, the "
            "times (--poses-start) and that nothing but the camera moves"
        )


def _solved_hand_eye(places: Places, given: Given, notes: Notes) -> np.ndarray:
    """marker_from_camera from the poses that the pictures give, in the largest submap."""
    from EndoDepthLib.scaling.tracked_poses import scale_from_poses

    submaps = [entry.submap for entry in places.placed.values()]
    largest = max(set(submaps), key=submaps.count) if submaps else 0
    shared = [
        p for p, entry in sorted(places.placed.items()) if entry.submap == largest and p in given.world_from_marker
    ]
    estimated = np.array([places.placed[p].pose for p in shared]).reshape(-1, 4, 4)
    tracked = np.array([given.world_from_marker[p] for p in shared]).reshape(-1, 4, 4)
    found = scale_from_poses(estimated, tracked)
    notes.figures["hand_eye"] = {"poses": len(shared), "residual_mm": round(found.residual_mm, 4)}
    return found.marker_from_camera
