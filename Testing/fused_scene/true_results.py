"""A results folder that holds the true depth of a rendered clip, and a tracked folder with its true poses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.results import ResultsFolder, ResultsInput, ResultsRequest, ResultsSegment, ResultsWriter
from EndoDepthLib.tracking import TrackedFolder, save_tracked
from EndoDepthLib.tracking.tracked_folder import manifest_sha256
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap, Scale, TrackedSequence, Trajectory

SCALE_SOURCE = "rendered"


@dataclass(frozen=True)
class TrueFrame:
    """One frame as it truly is: picture (H, W, 3) uint8, z-depth (H, W) with NaN, labels (H, W), pose (4, 4)."""

    image: np.ndarray
    depth: np.ndarray
    labels: np.ndarray
    world_from_camera: np.ndarray
    confidence: np.ndarray | None = None
    validity: np.ndarray | None = None


def write_results(
    folder: Path, camera: Camera, frames: Sequence[TrueFrame], segments: tuple[ResultsSegment, ...]
) -> ResultsFolder:
    """A complete results folder of these frames in millimetres, without surfaces."""
    request = ResultsRequest(
        ResultsInput("rendered.mp4", 30.0),
        camera,
        "file",
        "truth",
        "0" * 64,
        segments,
        Scale.METRIC_MM,
        SCALE_SOURCE,
        has_surfaces=False,
        has_validity=True,
    )
    writer = ResultsWriter.create(folder, request)
    for number, frame in enumerate(frames):
        depth = frame.depth.astype(np.float32)
        confidence = np.where(np.isfinite(depth), 1.0, 0.0) if frame.confidence is None else frame.confidence
        writer.write_frame(
            number,
            Frame(frame.image, number, number / 30),
            DepthMap(depth, confidence.astype(np.float32), camera, Scale.METRIC_MM, SCALE_SOURCE),
            LabelMap(frame.labels, request.names) if segments else None,
            None,
            np.isfinite(depth).astype(np.uint8) if frame.validity is None else frame.validity,
        )
    writer.finish()
    return ResultsFolder.open(folder)


def true_sequence(
    poses: np.ndarray, submap_of: Callable[[int], int] = lambda number: 0, lost: tuple[tuple[int, str], ...] = ()
) -> TrackedSequence:
    """Poses (N, 4, 4) as a tracked sequence of all frames but the lost ones, its depth taken as it is."""
    gone = {position for position, _ in lost}
    positions = np.array([number for number in range(len(poses)) if number not in gone], dtype=int)
    count = len(positions)
    submaps = np.array([submap_of(number) for number in positions.tolist()], dtype=int)
    return TrackedSequence(
        Trajectory(poses[positions], positions),
        positions,
        submaps,
        ("given",) * count,
        np.ones(count),
        np.zeros(count),
        lost,
        Scale.METRIC_MM,
        SCALE_SOURCE,
    )


def write_tracked(folder: Path, results: ResultsFolder, sequence: TrackedSequence) -> Path:
    """A tracked folder of this sequence."""
    times = np.array([results.manifest.frames[position].time_s for position in sequence.positions])
    sha256 = manifest_sha256(results.folder)
    save_tracked(folder, TrackedFolder(sequence, results.folder, sha256, results.camera, times))
    return folder
