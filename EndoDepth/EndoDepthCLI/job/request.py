"""The request that a folder of results is made for: what has to agree when a run is resumed."""

from __future__ import annotations

from typing import Any

from EndoDepthCLI.job.messages import as_unicode
from EndoDepthCLI.job.preparation import Prepared
from EndoDepthCLI.job.recorded_runtime import REFERENCE_RUNTIME
from EndoDepthCLI.option_groups import ReadingOptions
from EndoDepthCLI.versions import program_version
from EndoDepthLib.results import ResultsInput, ResultsRequest, ResultsSegment


def build_request(
    kind: str, prepared: Prepared, reading: ReadingOptions, has_surfaces: bool, settings: dict[str, Any]
) -> ResultsRequest:
    """The request of a prepared run of one `kind` ("reconstruct", "depth", "segment").

    The input is known by its name and content, so that it may be moved; its folder, which may name a patient, is not
    kept.
    """
    vocabulary, runtime = prepared.model.vocabulary, prepared.model.runtime.name
    segments = tuple(
        ResultsSegment(
            s.name,
            vocabulary.classes[s.class_index],
            vocabulary.colors[s.class_index],
            vocabulary.taught_by[s.class_index],
        )
        for s in prepared.segments
    )
    return ResultsRequest(
        input=ResultsInput(
            as_unicode(reading.input.resolve().name),
            prepared.video.frame_rate,
            reading.start,
            reading.stop,
            reading.every,
        ),
        camera=prepared.camera,
        camera_source=prepared.sourced_camera.source.value,
        weights_id=as_unicode(prepared.model.weights.id),
        weights_sha256=prepared.model.weights.sha256,
        segments=segments,
        has_surfaces=has_surfaces,
        has_validity=kind != "segment",
        settings={
            "kind": kind,
            "program": program_version(),
            "input_sha256": prepared.input_sha256,
            "undistort": prepared.undistorter is not None,
            **({"hidden": list(map(str, prepared.video.hidden))} if prepared.video.hidden else {}),
            "device": prepared.model.device.type,  # kinds of devices round differently, and so do runtimes
            **({"runtime": runtime} if runtime != REFERENCE_RUNTIME else {}),
            **settings,
        },
    )
