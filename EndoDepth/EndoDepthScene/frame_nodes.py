"""All nodes of one frame, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from EndoDepthLib.results import ResultsFolder, ResultsRequest
from EndoDepthLib.values import DepthMap
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, FRAME, STRUCTURES, SURFACE
from EndoDepthScene.models import surface_model
from EndoDepthScene.placement import FramePlacement
from EndoDepthScene.provenance import PREFIX, with_unit
from EndoDepthScene.segmentations import segmentation
from EndoDepthScene.volumes import confidence_volume, depth_volume, frame_volume


def kinds_of(request: ResultsRequest) -> tuple[str, ...]:
    """What a case has a sequence of: frame, depth and confidence always, structures and surfaces when asked for."""
    optional = ((STRUCTURES, bool(request.segments)), (SURFACE, request.has_surfaces))
    return (FRAME, DEPTH, CONFIDENCE, *(kind for kind, present in optional if present))


def title(case_name: str, kind: str, request: ResultsRequest) -> str:
    """The name of the nodes of one kind; lengths and confidences say their unit."""
    name = f"{case_name} {kind.lower()}"
    if kind in (DEPTH, SURFACE):
        return with_unit(name, request.scale)
    return f"{name} (percent)" if kind == CONFIDENCE else name


def frame_nodes(
    results: ResultsFolder, position: int, depth: DepthMap, placement: FramePlacement, case_name: str
) -> Iterator[tuple[str, Any]]:
    """The nodes of one frame by kind, one by one, not yet in a scene. Raises InputError for damaged results."""
    for kind in kinds_of(results.request):
        node = _node(results, kind, position, depth, placement)
        node.SetName(title(case_name, kind, results.request))
        node.SetAttribute(PREFIX + "FrameIndex", str(results.manifest.frames[position].index))
        yield kind, node


def _node(results: ResultsFolder, kind: str, position: int, depth: DepthMap, placement: FramePlacement) -> Any:
    segments = results.request.segments
    if kind == FRAME:
        return frame_volume(results.frame(position), placement)
    if kind == DEPTH:
        return depth_volume(depth, placement)
    if kind == CONFIDENCE:
        return confidence_volume(depth, placement)
    if kind == STRUCTURES:
        labels = results.labels(position)
        assert labels is not None
        return segmentation(labels, segments, placement)
    surface = results.surface(position)
    assert surface is not None
    return surface_model(surface, segments, depth)
