"""The source of millimetres that the options name, read and measured."""

from __future__ import annotations

import math
from collections.abc import Sequence

from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.scale import ScaleSourceOptions
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.fusion import FusedSurface
from EndoDepthLib.registration.registration_file import load_registration
from EndoDepthLib.scaling import FramesInUnits, KnownDistance, ScaleEstimate, load_stereo_rig
from EndoDepthLib.scaling.sources import by_distances, by_instrument, by_poses, by_stereo, chosen_positions
from EndoDepthLib.scaling.surface_sources import by_registration, by_vertices
from EndoDepthLib.tracking.given_poses import read_given_poses
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
    if source.registration is not None:
        return by_registration(load_registration(source.registration), frames)
    if source.distances:
        return by_distances(frames, [_known_distance(values) for values in source.distances])
    if source.poses is not None:
        return by_poses(frames, read_given_poses(source.poses), source.poses_at_camera)
    count = len(chosen_positions(frames))
    if source.instrument_diameter is not None:
        with Progress("measuring the instrument", count) as progress:
            return by_instrument(frames, source.instrument_diameter, source.instrument, progress.step)
    assert source.stereo_right is not None and source.stereo_calibration is not None
    rig = load_stereo_rig(source.stereo_calibration)
    with Video.open(source.stereo_right) as right, Progress("matching pairs", count) as progress:
        return by_stereo(frames, rig, right.read, progress.step)


def measure_surface(fused: FusedSurface, source: ScaleSourceOptions) -> ScaleEstimate:
    """The scale of a fused surface. Raises an EndoDepthError when the source cannot be used with it."""
    if source.vertices:
        return by_vertices(fused, [_known_vertices(values) for values in source.vertices])
    if source.registration is not None:
        return by_registration(load_registration(source.registration))
    raise SettingsError(
        "a fused surface gets its scale from --vertices or --registration; otherwise scale the tracked folder (with "
        "--apply), and fuse again"
    )


def _known_vertices(values: Sequence[str]) -> tuple[int, int, float]:
    try:
        first, second, length_mm = int(values[0]), int(values[1]), float(values[2])
    except ValueError:
        first, second, length_mm = 0, 0, math.nan
    if not math.isfinite(length_mm):
        raise SettingsError(f"--vertices {' '.join(values)[:60]} is not N1 N2 MM; expected two numbers and a length")
    return first, second, length_mm


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
