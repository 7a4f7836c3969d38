"""Predicted poses of the sequences of a data set against the known ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Trajectory
from EndoDepthTrainingLib.datasets.public.sample import Sample
from EndoDepthTrainingLib.evaluation.pose_files import read_poses
from EndoDepthTrainingLib.evaluation.trajectories import TrajectoryFigures, compare_trajectories

SUFFIXES = (".txt", ".json")


@dataclass(frozen=True)
class PoseEvaluation:
    """Known and predicted poses by sequence, and their figures by sequence and answer; source: where they came from."""

    source: Path
    known: dict[str, Trajectory]
    predicted: dict[str, Trajectory]
    figures: dict[str, dict[str, TrajectoryFigures]]


def evaluate_poses(frames: Sequence[Sample], source: Path) -> PoseEvaluation:
    """Compare the poses in a file, or in a folder with SEQUENCE.txt or SEQUENCE.json, with those of the frames.

    In the names of files, "/" of a sequence is "_". Raises InputError when a sequence has no file or a file no
    sequence, when the frames have no known poses, or as `read_poses` and `compare_trajectories`.
    """
    known = known_trajectories(frames)
    if not known:
        raise InputError(f"poses '{source}' have nothing to be compared with: this data set knows no poses")
    files = _files(source, list(known))
    predicted = {sequence: read_poses(path) for sequence, path in files.items()}
    figures = {}
    for sequence, estimate in predicted.items():
        try:
            figures[sequence] = compare_trajectories(known[sequence], estimate)
        except InputError as error:
            raise InputError(f"sequence '{sequence}', '{files[sequence]}': {error}") from error
    return PoseEvaluation(source, known, predicted, figures)


def known_trajectories(frames: Sequence[Sample]) -> dict[str, Trajectory]:
    """The known poses by sequence, in order; frames without a pose are left out."""
    poses: dict[str, dict[int, np.ndarray]] = {}
    for sample in frames:
        if sample.world_from_camera_mm is not None:
            poses.setdefault(sample.sequence, {})[sample.index] = sample.world_from_camera_mm
    return {
        sequence: Trajectory(np.array([found[index] for index in sorted(found)]), np.array(sorted(found)))
        for sequence, found in poses.items()
    }


def _files(source: Path, sequences: Sequence[str]) -> dict[str, Path]:
    if not source.is_dir():
        if len(sequences) > 1:
            raise InputError(
                f"poses '{source}' are one file, but the split has {len(sequences)} sequences ({sequences[0]}, ...); "
                f"give a folder with {sequences[0].replace('/', '_')}.txt and so on"
            )
        return {sequences[0]: source}
    files = {}
    for sequence in sequences:
        candidates = [source / f"{sequence.replace('/', '_')}{suffix}" for suffix in SUFFIXES]
        found = [path for path in candidates if path.is_file()]
        if not found:
            raise InputError(f"'{source}' has no poses of sequence '{sequence}'; expected {candidates[0].name}")
        files[sequence] = found[0]
    return files
