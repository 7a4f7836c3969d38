"""Track a results folder: poses by the best way there is, then depth that agrees over the sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.motion import Motion, MotionFailure, MotionSettings
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.tracking.consistent_depth import ConsistentDepth, solve_consistent_depth
from EndoDepthLib.tracking.direct_tracking import DirectTracker
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.from_structure import places_from_structure
from EndoDepthLib.tracking.loop_closure import loops
from EndoDepthLib.tracking.notes import Notes, Progress
from EndoDepthLib.tracking.placing import DIRECT, Places
from EndoDepthLib.tracking.pose_graph import merge_submaps, optimise
from EndoDepthLib.tracking.rigid import inverse, orthonormal
from EndoDepthLib.tracking.structure import SETTINGS, structure_of
from EndoDepthLib.tracking.taking_given import Given, take_given
from EndoDepthLib.tracking.tracked_folder import TrackedFolder, manifest_sha256
from EndoDepthLib.values import TrackedSequence, Trajectory

ENGINES = ("auto", "sfm", "direct")
_LEAST_FRAMES = 3
_EVERY_OTHER = 5
"""Of frames that are placed already, so many-th may close a loop."""


@dataclass(frozen=True)
class Tracked:
    """What tracking gives: the folder's content, figures for the report, and sentences that warn."""

    folder: TrackedFolder
    figures: dict[str, Any]
    warnings: tuple[str, ...] = ()


def track(
    results: ResultsFolder,
    engine: str = "auto",
    settings: MotionSettings = SETTINGS,
    given: Given | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Tracked:
    """Poses and consistent depth of the frames of a results folder.

    engine: "sfm" (structure from motion, and points followed between its frames), "direct" (direct alignment of
    frames with predicted depth) or "auto": the first, and the second where that gives nothing. given: poses to be used
    instead; without a hand-eye calibration the engine's poses serve to find that. Raises InputError when the folder
    holds too few frames or none can be tracked, ScaleError when the hand-eye calibration cannot be found.
    """
    if len(results) < _LEAST_FRAMES:
        raise InputError(f"'{results.folder}' holds {len(results)} frames; tracking needs {_LEAST_FRAMES} or more")
    notes, evidence = Notes(), SequenceEvidence(results)
    if not evidence.knows_instruments:
        notes.warnings.append(
            "the results mark no instruments, so moving ones are not left out; reconstruct with "
            "--prompt 'surgical instrument' where some are in view"
        )
    places = Places()
    if given is not None and given.marker_from_camera is not None:
        take_given(evidence, places, given, notes, progress)
        return _finished(evidence, places, notes, {"engine": "given"}, progress)
    if engine != "direct":
        found = structure_of(evidence, settings, progress, cancelled)
        evidence, places = _from_structure(evidence, found, notes, progress, engine)
    if engine != "sfm":
        _align_rest(evidence, places, notes, progress)
    settings_used: dict[str, Any] = {"engine": engine}
    if given is not None:
        take_given(evidence, places, given, notes, progress)
        settings_used["given_poses"] = True
    return _finished(evidence, places, notes, settings_used, progress)


def _align_rest(evidence: SequenceEvidence, places: Places, notes: Notes, progress: Progress | None) -> None:
    """Direct alignment of what is not placed, then loop closure over everything."""
    tracker = DirectTracker(evidence, places, progress)
    tracker.run()
    direct = [position for position, entry in places.placed.items() if entry.method == DIRECT]
    if not direct:
        return
    others = sorted(set(places.placed) - set(direct))
    ends = {end for link in tracker.links for end in (link.first, link.second)}
    keyframes = sorted(ends | set(others[::_EVERY_OTHER]) | set(_first_of_submaps(places)))
    closed = loops(evidence, places, keyframes, progress)
    merged = merge_submaps(places, [*tracker.links, *closed])
    links = [*tracker.links, *closed]
    if closed or others:
        depths = [
            float(np.nanmedian(1.0 / evidence[p].disparity)) / places.placed[p].disparity_scale for p in keyframes
        ]
        optimise(places, links, others, tracker.anchors, float(np.median(depths)))
    notes.figures["direct_alignment"] = {
        "keyframes": len(keyframes),
        "loops_closed": len(closed),
        "submaps_joined": merged,
    }


def _first_of_submaps(places: Places) -> list[int]:
    return [
        min(position for position, entry in places.placed.items() if entry.submap == submap)
        for submap in {entry.submap for entry in places.placed.values()}
    ]


def _from_structure(
    evidence: SequenceEvidence, found: Motion | MotionFailure, notes: Notes, progress: Progress | None, engine: str
) -> tuple[SequenceEvidence, Places]:
    if isinstance(found, MotionFailure):
        if engine == "sfm":
            raise InputError(f"structure from motion fails: {found.reason}; try --engine direct")
        notes.warnings.append(f"structure from motion fails: {found.reason}; frames are aligned by predicted depth")
        notes.figures["structure_from_motion"] = {"succeeded": False, "reason": found.reason}
        return evidence, Places()
    notes.figures["structure_from_motion"] = {"succeeded": True, "summary": found.summary()}
    evidence = evidence.with_camera(found.camera)
    return evidence, places_from_structure(evidence, found, progress)


def _finished(
    evidence: SequenceEvidence, places: Places, notes: Notes, settings: dict[str, Any], progress: Progress | None
) -> Tracked:
    """The sequence of what is placed, its world in the first tracked camera, its depth made consistent."""
    positions = sorted(places.placed)
    if len(positions) < _LEAST_FRAMES:
        reason = next(iter(places.lost.values()), "nothing in them can be followed")
        raise InputError(f"only {len(positions)} of {len(evidence)} frames can be tracked ({reason})")
    first = inverse(places.placed[positions[0]].pose)
    for position in positions:
        placed = places.placed[position]
        if placed.submap == places.placed[positions[0]].submap:
            places.placed[position] = replace(placed, pose=orthonormal(first @ placed.pose))
    known = {p: replace(k, xyz=k.xyz @ first[:3, :3].T + first[:3, 3]) for p, k in places.known.items()}
    if progress is not None:
        progress("making depth consistent", 0, 1)
    rows = [places.placed[position] for position in positions]
    poses, submaps = np.stack([row.pose for row in rows]), np.array([row.submap for row in rows], dtype=np.int64)
    start = np.array([row.disparity_scale for row in rows])
    depth = solve_consistent_depth(evidence, positions, poses, submaps, known, start)
    if progress is not None:
        progress("making depth consistent", 1, 1)
    lost = tuple(
        (position, places.lost.get(position, "no points of it could be followed from a placed frame"))
        for position in range(len(evidence))
        if position not in places.placed
    )
    kept = evidence.results.manifest.frames
    sequence = TrackedSequence(
        Trajectory(poses, np.array([kept[position].index for position in positions], dtype=np.int64)),
        np.array(positions, dtype=np.int64),
        submaps,
        tuple(row.method for row in rows),
        depth.disparity_scale,
        depth.disparity_shift,
        lost,
        notes.scale,
        notes.scale_source,
    )
    folder = TrackedFolder(
        sequence,
        evidence.results.folder,
        manifest_sha256(evidence.results.folder),
        evidence.full_camera,
        np.array([kept[position].time_s for position in positions], dtype=np.float64),
        settings,
    )
    return Tracked(folder, {**notes.figures, **_figures(sequence, depth)}, (*notes.warnings, *_lost_words(sequence)))


def _figures(sequence: TrackedSequence, depth: ConsistentDepth) -> dict[str, Any]:
    methods = {name: sequence.methods.count(name) for name in dict.fromkeys(sequence.methods)}
    return {
        "frames": len(sequence.positions) + len(sequence.lost),
        "tracked": len(sequence.positions),
        "methods": methods,
        "submaps": int(sequence.submaps.max()) + 1,
        "lost": [{"position": position, "reason": reason} for position, reason in sequence.lost],
        "depth_disagreement": {
            "before": _number(depth.disagreement_before),
            "after": _number(depth.disagreement),
        },
    }


def _number(value: float) -> float | None:
    return round(value, 5) if np.isfinite(value) else None


def _lost_words(sequence: TrackedSequence) -> list[str]:
    words = []
    count = int(sequence.submaps.max()) + 1
    if count > 1:
        words.append(f"tracking was lost and began anew: the poses are {count} submaps that do not belong together")
    if sequence.lost:
        position, reason = sequence.lost[0]
        words.append(f"{len(sequence.lost)} frames have no pose; the first is frame {position}: {reason}")
    return words
