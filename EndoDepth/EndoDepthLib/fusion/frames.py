"""The frames of a results folder as fusion takes them: consistent depth, weights, the camera that was tracked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.fusion.observation import Observation, observe
from EndoDepthLib.fusion.resizing import smaller_depth, smaller_frame, smaller_labels, smaller_map
from EndoDepthLib.fusion.settings import FusionSettings
from EndoDepthLib.motion.instruments import MOVING
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.values import Camera, TrackedSequence


@dataclass(frozen=True)
class TrackedFrames:
    """Reads the tracked frames of a results folder, one at a time.

    camera: the one that the poses belong to, on the grid of the results. step: pixels of the results to one pixel
    here. typical_depth: where a pixel has its full weight.
    """

    results: ResultsFolder
    sequence: TrackedSequence
    camera: Camera
    settings: FusionSettings
    step: int = 1
    typical_depth: float | None = None

    @property
    def moving(self) -> tuple[int, ...]:
        """Labels of what moves on its own and is left out; () when it is kept or was not asked for."""
        if self.settings.keep_instruments:
            return ()
        segments = self.results.request.segments
        return tuple(number for number, segment in enumerate(segments, start=1) if segment.class_name in MOVING)

    def observe(self, row: int) -> tuple[Observation, np.ndarray]:
        """Tracked frame `row` and its world_from_camera. Raises InputError when its files are missing or damaged."""
        position = int(self.sequence.positions[row])
        results, content = self.results, self.results.content
        frame, labels, validity = results.frame(position), results.labels(position), results.validity(position)
        depth = replace(results.depth(position), camera=self.camera)
        depth = self.sequence.consistent(row, depth)
        if self.step > 1:
            size = max(2, self.camera.width // self.step), max(2, self.camera.height // self.step)
            frame, depth = smaller_frame(frame, *size), smaller_depth(depth, *size)
            labels = None if labels is None else smaller_labels(labels, *size)
            validity = None if validity is None else smaller_map(validity, *size)
            content = smaller_map(content, *size)
        seen = observe(
            frame, depth, labels, validity, content, self.moving, self.settings.min_confidence, self.typical_depth
        )
        return seen, self.sequence.trajectory.world_from_camera[row]


def check_tracked(results: ResultsFolder, sequence: TrackedSequence, camera: Camera) -> None:
    """Raise InputError unless the tracked frames are those of the results and there is at least one."""
    if len(sequence.positions) == 0:
        raise InputError("no frame of this sequence was tracked, so there is nothing to fuse; see its report.json")
    if int(sequence.positions.max()) >= len(results):
        raise InputError(
            f"the tracking names frame {int(sequence.positions.max())} but '{results.folder}' holds {len(results)}; "
            "give the results that were tracked"
        )
    if (camera.width, camera.height) != results.size:
        raise InputError(
            f"the tracked camera is {camera.width} x {camera.height} but the results are "
            f"{results.size[0]} x {results.size[1]} pixels; give the results that were tracked"
        )
