"""Node attributes that say where a node comes from and what its numbers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from EndoDepthLib.values import Scale

if TYPE_CHECKING:
    from EndoDepthLib.results import ResultsFolder

PREFIX = "EndoDepth."
NOT_MILLIMETRES = "up to scale, not millimetres"


def unit_of(scale: Scale) -> str:
    """What one unit of length is, in words."""
    return "mm" if scale is Scale.METRIC_MM else NOT_MILLIMETRES


def with_unit(name: str, scale: Scale) -> str:
    """A node name that says its unit of length: nobody shall measure millimetres that are none."""
    return f"{name} ({unit_of(scale)})"


def renamed(name: str, scale: Scale) -> str:
    """A node name that says a unit, with the unit of this scale in its place; other names stay as they are."""
    for other in Scale:
        name = name.replace(f"({unit_of(other)})", f"({unit_of(scale)})")
    return name


def set_provenance(node: Any, results: ResultsFolder) -> None:
    """Write source, range, camera source, scale, weights and settings of a job as attributes of a node."""
    request = results.request
    attributes = {
        "Source": request.input.source,
        "Start": request.input.start,
        "Stop": request.input.stop,
        "Every": request.input.every,
        "Frames": len(results),
        "CameraSource": request.camera_source,
        "Scale": request.scale.value,
        "ScaleSource": request.scale_source,
        "NominalMedianDepth": request.nominal_median_depth if request.scale is Scale.UP_TO_SCALE else None,
        "WeightsId": request.weights_id,
        "WeightsSha256": request.weights_sha256,
        **{f"Settings.{name}": value for name, value in request.settings.items()},
    }
    # At once: a browser brings its shown nodes up to date each time it is modified.
    modified = node.StartModify()
    for name, value in attributes.items():
        if value is not None:
            node.SetAttribute(PREFIX + name, str(value))
    node.EndModify(modified)
