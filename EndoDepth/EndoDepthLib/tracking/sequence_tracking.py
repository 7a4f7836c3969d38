"""Track a results folder: poses by the best way there is, then depth that agrees over the sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.motion import Motion, MotionFailure, MotionSettings
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.tracking.consistent_depth import ConsistentDepth, solve_consistent_depth
from EndoDepthLib.tracking.direct_tracking import DirectTracker
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.from_structure import places_from_structure
from EndoDepthLib.tracking.placing import Places
from EndoDepthLib.tracking.rigid import inverse
from EndoDepthLib.tracking.structure import SETTINGS, structure_of
from EndoDepthLib.tracking.tracked_folder import TrackedFolder, manifest_sha256
from EndoDepthLib.values import Scale, TrackedSequence, Trajectory

ENGINES = ("auto", "sfm", "direct")
_LEAST_FRAMES = 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Tracked:
    """What tracking gives: the folder's content, figures for the report, and sentences that warn."""

    folder: TrackedFolder
    figures: dict[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass
class _Notes:
    figures: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def track(
    results: ResultsFolder,
    engine: str = "auto",
    settings: MotionSettings = SETTINGS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Tracked:
    """Poses and consistent depth of the frames of a results folder.

    engine: "sfm" (structure from motion, and points followed between its frames), "direct" (direct alignment of
    frames with predicted depth) or "auto": the first, and the second where that gives nothing. Raises InputError when
    the folder holds too few frames or none can be tracked.
    """
    if len(results) < _LEAST_FRAMES:
        raise InputError(f"'{results.folder}' holds {len(results)} frames; tracking needs {_LEAST_FRAMES} or more")
    notes, evidence = _Notes(), SequenceEvidence(results)
    if not evidence.knows_instruments:
        notes.warnings.append(
            "the results mark no instruments, so moving ones are not left out; reconstruct with "
            "--prompt 'surgical instrument' where some are in view"
        )
    places = Places()
    if engine != "direct":
        found = structure_of(evidence, settings, progress, cancelled)
        evidence, places = _from_structure(evidence, found, notes, progress, engine)
    if engine != "sfm":
        tracker = DirectTracker(evidence, places, progress)
        tracker.run()
    return _finished(evidence, places, notes, {"engine": engine}, progress)


def _from_structure(
    evidence: SequenceEvidence, found: Motion | MotionFailure, notes: _Notes, progress: Progress | None, engine: str
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
    evidence: SequenceEvidence, places: Places, notes: _Notes, settings: dict[str, Any], progress: Progress | None
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
            places.placed[position] = replace(placed, pose=first @ placed.pose)
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
        Scale.UP_TO_SCALE,
        "unknown",
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
