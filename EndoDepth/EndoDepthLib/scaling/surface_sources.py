"""The scale of a fused surface: from distances between its vertices, or from its registration to CT."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from EndoDepthLib.errors import ScaleError
from EndoDepthLib.fusion import FusedSurface, load_fused
from EndoDepthLib.registration import Registration
from EndoDepthLib.scaling.estimate import ScaleEstimate, UnitScale
from EndoDepthLib.scaling.frames_in_units import FramesInUnits
from EndoDepthLib.scaling.known_distance import measure_vertices
from EndoDepthLib.scaling.measurement import combine
from EndoDepthLib.values import Scale

_WIDEST = 0.6  # of an interval: beyond it the registration says nothing of the scale


def open_surface(folder: Path) -> FusedSurface:
    """The surface of a fused folder whose unit is not known yet.

    Raises InputError for a folder that is none, ScaleError for one that is in millimetres already.
    """
    fused = load_fused(folder)
    if fused.scale is Scale.METRIC_MM:
        raise ScaleError(
            f"'{folder}' is in millimetres already (by {fused.scale_source}); take the one it was made from"
        )
    return fused


def by_vertices(fused: FusedSurface, known: Sequence[tuple[int, int, float]]) -> ScaleEstimate:
    """Known distances: two vertices by their numbers, and millimetres. Raises ScaleError for others."""
    vertices, measurements = fused.surface.vertices, []
    for first, second, length_mm in known:
        for number in (first, second):
            if not 0 <= number < len(vertices):
                raise ScaleError(f"vertex {number} is not there; the surface has {len(vertices)} vertices, from 0 on")
        measurements.append(measure_vertices(vertices[first], vertices[second], length_mm))
    found = combine(measurements)
    used = sum(found.used)
    unit = UnitScale(found.mm_per_unit, found.interval_90, (), used, len(found.used) - used)
    lengths = ", ".join(f"{length:g} mm between vertices {one} and {other}" for one, other, length in known[:4])
    return ScaleEstimate("known distance", lengths, "fused", (unit,))


def by_registration(registration: Registration, frames: FramesInUnits | None = None) -> ScaleEstimate:
    """The scale that a registration to CT found, for the fused surface or the tracked frames it was fused from.

    Raises ScaleError for an ambiguous registration, frames that are not in one unit, or a scale that is hardly known.
    """
    if registration.ambiguous:
        raise ScaleError("the registration is ambiguous, and so is its scale; add landmarks and register again")
    positions: tuple[int, ...] = ()
    if frames is not None:
        if len(frames.units) != 1 or frames.tracked is None:
            raise ScaleError(
                f"the frames are in {len(frames.units)} units but a registration knows one; give the fused folder that "
                "was registered"
            )
        positions = frames.units[0]
    low, high = registration.scale_interval_90()
    if not (high - low) / registration.scale < _WIDEST:
        raise ScaleError(
            f"the registration leaves the scale within {low:.3g} to {high:.3g} mm per unit, too wide to be used; add "
            "landmarks that are farther apart, or show more of the organ"
        )
    unit = UnitScale(registration.scale, (low, high), positions)
    how = f"registered by {registration.method}, {registration.rms_mm:.2g} mm root mean square"
    kind = "fused" if frames is None else frames.kind
    return ScaleEstimate("CT registration", how, kind, (unit,), registration.warnings)
