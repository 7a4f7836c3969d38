"""All nodes of one frame, and what they are called."""

from __future__ import annotations

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
) -> dict[str, Any]:
    """The nodes of one frame by kind, not yet in a scene. Raises InputError for damaged results."""
    segments = results.request.segments
    nodes = {
        FRAME: frame_volume(results.frame(position), placement),
        DEPTH: depth_volume(depth, placement),
        CONFIDENCE: confidence_volume(depth, placement),
    }
    labels, surface = results.labels(position), results.surface(position)
    if labels is not None:
        nodes[STRUCTURES] = segmentation(labels, segments, placement)
    if surface is not None:
        nodes[SURFACE] = surface_model(surface, segments, depth)
    for kind, node in nodes.items():
        node.SetName(title(case_name, kind, results.request))
        node.SetAttribute(PREFIX + "FrameIndex", str(results.manifest.frames[position].index))
    return nodes
