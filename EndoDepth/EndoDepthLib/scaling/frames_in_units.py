"""The frames of a folder with their depth, and which of them share a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError, ScaleError
from EndoDepthLib.results import ResultsFolder, layout
from EndoDepthLib.scaling.estimate import ScaleEstimate, UnitScale
from EndoDepthLib.scaling.measurement import Measurement, combine
from EndoDepthLib.tracking import TrackedFolder, open_tracked
from EndoDepthLib.tracking.tracked_folder import TRACKING
from EndoDepthLib.values import DepthMap, Scale

FUSED = "fused.json"


@dataclass(frozen=True)
class FramesInUnits:
    """A results folder, or with `tracked` a tracked one, whose unit is not known yet.

    Without tracking every frame is in a unit of its own; with it all frames of a submap are in one.
    """

    results: ResultsFolder
    tracked: TrackedFolder | None = None

    @property
    def kind(self) -> str:
        """ "results" or "tracked"."""
        return "results" if self.tracked is None else "tracked"

    @property
    def units(self) -> tuple[tuple[int, ...], ...]:
        """Positions of kept frames, those of one unit together."""
        if self.tracked is None:
            return tuple((position,) for position in range(len(self.results)))
        sequence = self.tracked.sequence
        return tuple(
            tuple(sequence.positions[sequence.submaps == submap].tolist()) for submap in np.unique(sequence.submaps)
        )

    def depth(self, position: int) -> DepthMap:
        """The depth of a kept frame in its unit. Raises ScaleError for one that is not there or has no pose."""
        if not 0 <= position < len(self.results):
            raise ScaleError(
                f"frame {position} is not there; '{self.results.folder}' holds {len(self.results)} frames, from 0 on"
            )
        depth = self.results.depth(position)
        if self.tracked is None:
            return depth
        rows = np.flatnonzero(self.tracked.sequence.positions == position)
        if not len(rows):
            raise ScaleError(f"frame {position} was lost in tracking and has no scale of its own; take another frame")
        return self.tracked.sequence.consistent(int(rows[0]), replace(depth, camera=self.tracked.camera))

    def estimate(self, measurements: Sequence[Measurement], source: str, how: str) -> ScaleEstimate:
        """What measurements in frames say of every unit. Raises ScaleError when there are none."""
        units = []
        for positions in self.units:
            here = [each for each in measurements if each.position in positions]
            if here:
                found = combine(here)
                used = sum(found.used)
                units.append(UnitScale(found.mm_per_unit, found.interval_90, positions, used, len(found.used) - used))
        return ScaleEstimate(source, how, self.kind, tuple(units), self.doubts())

    def doubts(self) -> tuple[str, ...]:
        """What makes any scale of these frames doubtful."""
        if self.tracked is None and self.results.request.camera_source == "guessed":
            return ("the camera was guessed: the error bars do not hold what a wrong field of view adds",)
        return ()


def open_frames(folder: Path) -> FramesInUnits:
    """The frames of a results folder or a tracked one.

    Raises InputError for a folder that is neither, ScaleError for one that is in millimetres already.
    """
    folder = Path(folder)
    if (folder / TRACKING).is_file():
        tracked = open_tracked(folder)
        _check_unknown(folder, tracked.sequence.scale, tracked.sequence.scale_source)
        return FramesInUnits(tracked.open_results(), tracked)
    if (folder / layout.MANIFEST).is_file():
        results = ResultsFolder.open(folder)
        _check_unknown(folder, results.request.scale, results.request.scale_source)
        if not len(results):
            raise InputError(f"'{folder}' holds no frames yet; let 'endodepth reconstruct' end first")
        return FramesInUnits(results)
    raise InputError(
        f"'{folder}' is not a folder of 'endodepth reconstruct', 'track' or 'fuse'; expected {layout.MANIFEST}, "
        f"{TRACKING} or {FUSED} in it"
    )


def _check_unknown(folder: Path, scale: Scale, source: str) -> None:
    if scale is Scale.METRIC_MM:
        raise ScaleError(
            f"'{folder}' is in millimetres already (by {source}); scale the folder it was made from instead"
        )
