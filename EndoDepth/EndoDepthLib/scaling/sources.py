"""The scale of a folder's frames from each source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from EndoDepthLib.errors import ScaleError
from EndoDepthLib.scaling.estimate import ScaleEstimate, UnitScale
from EndoDepthLib.scaling.frames_in_units import FramesInUnits
from EndoDepthLib.scaling.instrument import measure_shafts
from EndoDepthLib.scaling.known_distance import KnownDistance, measure_distance
from EndoDepthLib.scaling.measurement import Measurement
from EndoDepthLib.scaling.stereo import StereoMatcher
from EndoDepthLib.scaling.stereo_rig import StereoRig
from EndoDepthLib.scaling.tracked_poses import scale_from_poses
from EndoDepthLib.tracking.given_poses import GivenPoses
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Validity

_ENOUGH_FRAMES = 40  # of one unit: more would not make the bar narrower
INSTRUMENT = "surgical instrument"

Step = Callable[[], None]


def by_distances(frames: FramesInUnits, known: Sequence[KnownDistance]) -> ScaleEstimate:
    """Known distances between picked pixels. Raises ScaleError for places without depth."""
    measurements = [measure_distance(each, frames.depth(each.position)) for each in known]
    lengths = ", ".join(f"{each.length_mm:g} mm in frame {each.position}" for each in known[:4])
    more = f" and {len(known) - 4} more" if len(known) > 4 else ""
    return frames.estimate(measurements, "known distance", f"{lengths}{more}")


def chosen_positions(frames: FramesInUnits) -> list[int]:
    """The frames to measure in: all where each has its own unit, some spread evenly where many share one."""
    chosen: list[int] = []
    for positions in frames.units:
        step = max(len(positions) / _ENOUGH_FRAMES, 1.0)
        chosen += [positions[int(k * step)] for k in range(int(np.ceil(len(positions) / step)))]
    return sorted(set(chosen))


def by_instrument(
    frames: FramesInUnits, diameter_mm: float, name: str | None = None, step: Step = lambda: None
) -> ScaleEstimate:
    """The known diameter of an instrument's shaft. name: of the segment; the class "surgical instrument" by default.

    Raises ScaleError when no structure is an instrument, or none of the frames shows a shaft with two good edges.
    """
    segments = frames.results.request.segments
    wanted = [
        number
        for number, segment in enumerate(segments, 1)
        if (segment.name == name if name else segment.class_name == INSTRUMENT)
    ]
    if not wanted:
        named = ", ".join(repr(segment.name) for segment in segments) or "nothing"
        raise ScaleError(
            f"the frames have no structure {name or INSTRUMENT!r} (they have {named}); run 'endodepth reconstruct' "
            f"with --prompt '{INSTRUMENT}'"
        )
    measurements: list[Measurement] = []
    for position in chosen_positions(frames):
        labels = frames.results.labels(position)
        assert labels is not None  # segments were asked for
        mask = np.isin(labels.labels, wanted)
        measurements += measure_shafts(mask, frames.results.content, frames.depth(position), position, diameter_mm)
        step()
    if not measurements:
        raise ScaleError(
            "no frame shows a shaft with two straight edges that enters over the picture's border; take frames in "
            "which more of the instrument is seen, or another source"
        )
    return frames.estimate(
        measurements, "instrument diameter", f"shaft of {diameter_mm:g} mm, {len(measurements)} views"
    )


def by_poses(frames: FramesInUnits, given: GivenPoses, at_camera: bool = False) -> ScaleEstimate:
    """Poses of a tracker or robot in mm. Raises ScaleError for frames that were not tracked, or moved too little."""
    if frames.tracked is None:
        raise ScaleError("poses can be compared with tracked frames only; run 'endodepth track' and give its folder")
    sequence, units, reasons = frames.tracked.sequence, [], []
    tracked = given.of_frames(frames.results)
    for positions in frames.units:
        rows = np.flatnonzero(np.isin(sequence.positions, positions) & np.isin(sequence.positions, list(tracked)))
        told = np.array([tracked[int(position)] for position in sequence.positions[rows]]).reshape(-1, 4, 4)
        try:
            found = scale_from_poses(sequence.trajectory.world_from_camera[rows], told, at_camera)
        except ScaleError as error:
            reasons.append(str(error))
            continue
        units.append(UnitScale(found.combined.mm_per_unit, found.combined.interval_90, positions, len(rows)))
    if not units:
        raise ScaleError(reasons[0])
    count = sum(unit.used for unit in units)
    where = "at the camera" if at_camera else "anywhere on the endoscope"
    return ScaleEstimate("tracked poses", f"{count} poses, marker {where}", frames.kind, tuple(units), frames.doubts())


def by_stereo(
    frames: FramesInUnits, rig: StereoRig, right: Callable[[int], Frame], step: Step = lambda: None
) -> ScaleEstimate:
    """A calibrated stereo pair whose left pictures the frames are; right(index) gives the picture of the other camera.

    Raises ScaleError for pictures of another size than the calibration's, and when none of the pairs can be matched.
    """
    width, height = frames.results.size
    if (rig.left.width, rig.left.height) != (width, height):
        raise ScaleError(
            f"the stereo calibration is for {rig.left.width} x {rig.left.height} pixels but the frames have "
            f"{width} x {height}; calibrate at the video's size"
        )
    matcher, measurements = StereoMatcher(rig), []
    for position in chosen_positions(frames):
        left, validity = frames.results.frame(position), frames.results.validity(position)
        other = right(left.index)
        if other.image.shape != left.image.shape:
            raise ScaleError(
                f"the right picture {left.index} is {other.width} x {other.height}; expected {width} x {height}"
            )
        tissue = frames.results.content if validity is None else validity == Validity.TISSUE
        measured = matcher.measure(left.image, other.image, frames.depth(position), tissue, position)
        if measured is not None:
            measurements.append(measured)
        step()
    if not measurements:
        raise ScaleError(
            "left and right pictures cannot be matched; expected two videos of one moment, the frames being the left "
            "one, and their calibration"
        )
    return frames.estimate(measurements, "stereo pair", f"{len(measurements)} pairs, {rig.baseline_mm:.3g} mm apart")
