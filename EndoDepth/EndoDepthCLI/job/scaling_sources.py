"""The source of millimetres that the options name, read and measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.scale import ScaleSourceOptions
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.scaling import FramesInUnits, KnownDistance, ScaleEstimate, load_stereo_rig, read_pose_table
from EndoDepthLib.scaling.sources import by_distances, by_instrument, by_poses, by_stereo, chosen_positions
from EndoDepthLib.video import Video

_FLAGS = {
    "distances": "--distance",
    "vertices": "--vertices",
    "instrument_diameter": "--instrument-diameter",
    "poses": "--poses",
    "stereo_right": "--stereo-right",
    "registration": "--registration",
}


def check_one_source(source: ScaleSourceOptions) -> None:
    """Raise SettingsError unless exactly one source is named, with what it needs."""
    given = [flag for name, flag in _FLAGS.items() if getattr(source, name)]
    if len(given) != 1:
        what = f"{' and '.join(given)} are" if given else "no source of millimetres is"
        raise SettingsError(f"{what} given; expected one of {', '.join(_FLAGS.values())}")
    if (source.stereo_right is None) != (source.stereo_calibration is None):
        raise SettingsError("a stereo pair needs both --stereo-right and --stereo-calibration")
    if source.poses_at_camera and source.poses is None:
        raise SettingsError("--poses-at-camera says something of --poses, which is not given")
    if source.instrument is not None and source.instrument_diameter is None:
        raise SettingsError("--instrument names what --instrument-diameter is of, which is not given")


def measure_frames(frames: FramesInUnits, source: ScaleSourceOptions) -> ScaleEstimate:
    """The scale of frames. Raises an EndoDepthError when the source cannot be used with them."""
    if source.vertices:
        raise SettingsError("--vertices are of a fused surface; these are frames: give --distance")
    if source.distances:
        return by_distances(frames, [_known_distance(values) for values in source.distances])
    if source.poses is not None:
        return by_poses(frames, read_pose_table(source.poses), source.poses_at_camera)
    count = len(chosen_positions(frames))
    if source.instrument_diameter is not None:
        with Progress("measuring the instrument", count) as progress:
            return by_instrument(frames, source.instrument_diameter, source.instrument, progress.step)
    assert source.stereo_right is not None and source.stereo_calibration is not None
    rig = load_stereo_rig(source.stereo_calibration)
    with Video.open(source.stereo_right) as right, Progress("matching pairs", count) as progress:
        return by_stereo(frames, rig, right.read, progress.step)


def _known_distance(values: Sequence[str]) -> KnownDistance:
    text = " ".join(values)
    try:
        frame = int(values[0])
        numbers = [float(value) for value in values[1:]]
    except ValueError:
        frame, numbers = -1, [math.nan]
    if frame < 0 or not all(map(math.isfinite, numbers)):
        raise SettingsError(
            f"--distance {text[:60]} is not FRAME U1 V1 U2 V2 MM; expected a frame number and five numbers"
        )
    u1, v1, u2, v2, length_mm = numbers
    return KnownDistance(frame, (u1, v1), (u2, v2), length_mm)
