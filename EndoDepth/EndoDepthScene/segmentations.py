"""Named structures of one frame as a segmentation node with colours and terminology."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.values import LabelMap
from EndoDepthScene.placement import FramePlacement
from EndoDepthScene.terminology import terminology_entry
from EndoDepthScene.volumes import image_data

if TYPE_CHECKING:
    from EndoDepthLib.results import ResultsSegment

BINARY_LABELMAP = "Binary labelmap"
TAUGHT_BY_TAG = "EndoDepth.TaughtBy"
CLASS_TAG = "EndoDepth.Class"


@dataclass(frozen=True)
class ShownSegment:
    """A structure as a segmentation node has it: colour RGB 0..255; class_name and taught_by "" when not ours."""

    segment_id: str
    name: str
    class_name: str
    color: tuple[int, int, int]
    taught_by: str


def segmentation(labels: LabelMap, segments: Sequence[ResultsSegment], placement: FramePlacement) -> Any:
    """A vtkMRMLSegmentationNode with one segment for each structure asked for, also for those not seen in this frame.

    All segments share one labelmap (they do not overlap), so a frame costs one byte a pixel. The node is not yet in
    a scene.
    """
    node = slicer.vtkMRMLSegmentationNode()
    content = node.GetSegmentation()
    content.SetSourceRepresentationName(BINARY_LABELMAP)
    image = image_data(labels.labels, slicer.vtkOrientedImageData())
    image.SetDirections(placement.directions.tolist())
    image.SetSpacing(*placement.spacing)
    image.SetOrigin(*placement.origin)
    # Files then hold the whole frame. Cut down to what is marked, a frame without any structure would become a file
    # that ends the process, Slicer's as well, when it is read.
    content.SetConversionParameter(
        slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(),
        slicer.vtkSegmentationConverter.SerializeImageGeometry(image),
    )
    for number, (segment_id, segment) in enumerate(zip(segment_ids(segments), segments, strict=True), start=1):
        entry = slicer.vtkSegment()
        entry.SetName(segment.name)
        entry.SetColor(*(channel / 255 for channel in segment.color))
        entry.SetLabelValue(number)
        entry.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), terminology_entry(segment.class_name))
        entry.SetTag(CLASS_TAG, segment.class_name)
        entry.SetTag(TAUGHT_BY_TAG, segment.taught_by)
        entry.AddRepresentation(BINARY_LABELMAP, image)
        content.AddSegment(entry, segment_id)
    return node


def segment_ids(segments: Sequence[ResultsSegment]) -> list[str]:
    """Identifiers of the segments, the same in every frame so that display settings hold for the whole sequence."""
    return [f"{number}_{segment.class_name.replace(' ', '_')}" for number, segment in enumerate(segments, start=1)]


def segments_of(node: Any) -> list[ShownSegment]:
    """The segments of a segmentation node, in their order."""
    content = node.GetSegmentation()
    found = []
    for number in range(content.GetNumberOfSegments()):
        segment = content.GetNthSegment(number)
        red, green, blue = (round(255 * channel) for channel in segment.GetColor())
        found.append(
            ShownSegment(
                content.GetNthSegmentID(number),
                segment.GetName(),
                _tag(segment, CLASS_TAG),
                (red, green, blue),
                _tag(segment, TAUGHT_BY_TAG),
            )
        )
    return found


def labels_of(node: Any, size: tuple[int, int]) -> np.ndarray:
    """(H, W) uint8 labels of a segmentation node on the grid of a frame of this (width, height).

    Segments take their number in the node (1 .. K); after reading a file they may share a cropped labelmap or have one
    each, which makes no difference here.
    """
    width, height = size
    labels = np.zeros((height, width), np.uint8)
    content = node.GetSegmentation()
    for number in range(content.GetNumberOfSegments()):
        segment = content.GetNthSegment(number)
        image = segment.GetRepresentation(BINARY_LABELMAP)
        x0, x1, y0, y1, _, _ = image.GetExtent()
        if x1 < x0 or y1 < y0:
            continue
        values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(y1 - y0 + 1, x1 - x0 + 1)
        labels[y0 : y1 + 1, x0 : x1 + 1][values == segment.GetLabelValue()] = number + 1
    return labels


def segment_at(node: Any, column: int, row: int) -> str:
    """The name of the segment that a pixel of the frame belongs to, "" for none."""
    content = node.GetSegmentation()
    for number in range(content.GetNumberOfSegments()):
        segment = content.GetNthSegment(number)
        image = segment.GetRepresentation(BINARY_LABELMAP)
        x0, x1, y0, y1, z0, _ = image.GetExtent()
        if not (x0 <= column <= x1 and y0 <= row <= y1):
            continue
        if image.GetScalarComponentAsDouble(column, row, z0, 0) == segment.GetLabelValue():
            return str(segment.GetName())
    return ""


def _tag(segment: Any, name: str) -> str:
    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else ""
