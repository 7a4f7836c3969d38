"""Picked frames as one volume, a slice each, and one segmentation over all: what is annotated in Segment Editor.

One stack, not a sequence: Segment Editor paints on slices, its list of segments is that of all frames, and the wheel of
the mouse goes from frame to frame. Frames lie as single ones do: upright and unmirrored in the axial view.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthScene.display import show_window
from EndoDepthScene.kinds import KIND
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.segmentations import BINARY_LABELMAP
from EndoDepthScene.volumes import image_data

FRAME_STACK, STACK_STRUCTURES = "FrameStack", "StackStructures"
_NAMES = PREFIX + "FrameNames"
_SEGMENTATION = PREFIX + "segmentation"


def make_frame_stack(scene: Any, name: str, names: Sequence[str], size: tuple[int, int]) -> Any:
    """A vtkMRMLVectorVolumeNode in the scene, black, a slice a name, of this (width, height); see `pixels_of_stack`."""
    width, height = size
    image = vtk.vtkImageData()
    image.SetDimensions(width, height, len(names))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    vtk_to_numpy(image.GetPointData().GetScalars())[:] = 0
    node = slicer.vtkMRMLVectorVolumeNode()
    node.SetName(name)
    node.SetIJKToRASDirections(*RAS_FROM_CAMERA.ravel().tolist())
    node.SetOrigin((width - 1) / 2, (height - 1) / 2, 0.0)
    node.SetVoxelVectorType(slicer.vtkMRMLVolumeNode.VoxelVectorTypeColorRGB)
    node.SetAttribute(KIND, FRAME_STACK)
    node.SetAttribute(_NAMES, json.dumps(list(names), ensure_ascii=False))
    node.SetAndObserveImageData(image)
    scene.AddNode(node)
    show_window(node, 255.0, 127.5)
    return node


def frame_names(volume: Any) -> tuple[str, ...]:
    """The names of a stack's frames, in the order of its slices; none for any other volume."""
    text = volume.GetAttribute(_NAMES) if volume is not None else None
    return tuple(json.loads(text)) if text else ()


def marked_frames(volume: Any, mark: str) -> tuple[str, ...]:
    """The names of a stack's frames that carry a mark, in the order of its slices; marks are saved with the scene."""
    text = volume.GetAttribute(f"{PREFIX}Frames.{mark}")
    found = set(json.loads(text)) if text else set()
    return tuple(name for name in frame_names(volume) if name in found)


def mark_frame(volume: Any, name: str, mark: str, is_marked: bool = True) -> None:
    """Put a mark on a frame of a stack, or take it away."""
    found = set(marked_frames(volume, mark)) - {name} | ({name} if is_marked else set())
    volume.SetAttribute(f"{PREFIX}Frames.{mark}", json.dumps(sorted(found), ensure_ascii=False))


def pixels_of_stack(volume: Any) -> np.ndarray:
    """(N, H, W, 3) uint8 RGB, a view of the stack's memory; after writing call `volume.GetImageData().Modified()`."""
    width, height, count = volume.GetImageData().GetDimensions()
    return vtk_to_numpy(volume.GetImageData().GetPointData().GetScalars()).reshape(count, height, width, 3)


def slice_position(volume: Any, number: int) -> float:
    """Where a frame of a stack lies along the axis from feet to head, to which the axial view goes to show it."""
    return float(volume.GetOrigin()[2] + number * volume.GetSpacing()[2])


def slice_number(volume: Any, position: float) -> int:
    """The frame of a stack that lies nearest to a position of the axial view."""
    number = round((position - volume.GetOrigin()[2]) / volume.GetSpacing()[2])
    return min(max(number, 0), volume.GetImageData().GetDimensions()[2] - 1)


def structures_of_stack(volume: Any) -> Any:
    """The segmentation node over a stack, made when there is none."""
    found = volume.GetNodeReference(_SEGMENTATION)
    if found is not None:
        return found
    node = slicer.vtkMRMLSegmentationNode()
    node.SetName(f"{volume.GetName()} structures")
    node.SetAttribute(KIND, STACK_STRUCTURES)
    node.GetSegmentation().SetSourceRepresentationName(BINARY_LABELMAP)
    volume.GetScene().AddNode(node)
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    display = node.GetDisplayNode()
    display.SetVisibility3D(False)
    display.SetOpacity2DFill(0.35)
    display.SetOpacity2DOutline(1.0)
    volume.SetNodeReferenceID(_SEGMENTATION, node.GetID())
    return node


def structure_names(segmentation: Any) -> tuple[str, ...]:
    """The names of the segments, in their order."""
    return tuple(str(segment.GetName()) for segment in _segments(segmentation))


def structure_colors(segmentation: Any) -> tuple[tuple[int, int, int], ...]:
    """RGB 0..255 of the segments, in their order."""
    colors = (segment.GetColor() for segment in _segments(segmentation))
    return tuple((round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in colors)


def labels_of_stack(volume: Any, segmentation: Any) -> np.ndarray:
    """(N, H, W) uint8 labels on the stack's grid: 0 none, i + 1 the i-th segment; of two that overlap the later."""
    width, height, count = volume.GetImageData().GetDimensions()
    labels = np.zeros((count, height, width), np.uint8)
    for number, segment in enumerate(_segments(segmentation), start=1):
        image = segment.GetRepresentation(BINARY_LABELMAP)
        if image is None or image.IsEmpty():
            continue
        image = _on_grid(image, volume)
        x0, x1, y0, y1, z0, z1 = image.GetExtent()
        values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z1 - z0 + 1, y1 - y0 + 1, x1 - x0 + 1)
        # What lies beyond the frames belongs to none.
        low = max(x0, 0), max(y0, 0), max(z0, 0)
        high = min(x1, width - 1), min(y1, height - 1), min(z1, count - 1)
        (xs, ys, zs), (xe, ye, ze) = low, high
        inside = values[zs - z0 : ze - z0 + 1, ys - y0 : ye - y0 + 1, xs - x0 : xe - x0 + 1]
        labels[zs : ze + 1, ys : ye + 1, xs : xe + 1][inside == segment.GetLabelValue()] = number
    return labels


def set_labels_of_stack(
    volume: Any, segmentation: Any, labels: np.ndarray, names: Sequence[str], colors: Sequence[tuple[int, int, int]]
) -> None:
    """Put (N, H, W) uint8 labels (i + 1 = names[i]) in place of what is marked; segments keep their names and colours.

    names: begin with those that the segmentation has; for the others segments are added in these colours.
    """
    content = segmentation.GetSegmentation()
    image = _grid(volume)
    scalars = image_data(labels.reshape(-1, labels.shape[2])).GetPointData().GetScalars()
    image.GetPointData().SetScalars(scalars)
    for number, (name, color) in enumerate(zip(names, colors, strict=True)):
        if number >= content.GetNumberOfSegments():
            segment = slicer.vtkSegment()
            segment.SetName(name)
            segment.SetColor(*(channel / 255 for channel in color))
            content.AddSegment(segment, content.GenerateUniqueSegmentID(name))
        segment = content.GetNthSegment(number)
        segment.SetLabelValue(number + 1)
        segment.AddRepresentation(BINARY_LABELMAP, image)
    segmentation.Modified()


def _segments(segmentation: Any) -> Iterator[Any]:
    content = segmentation.GetSegmentation()
    for number in range(content.GetNumberOfSegments()):
        yield content.GetNthSegment(number)


def _grid(volume: Any) -> Any:
    """An oriented image on the grid of a volume, without values."""
    image = slicer.vtkOrientedImageData()
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    image.SetDimensions(*volume.GetImageData().GetDimensions())
    image.SetImageToWorldMatrix(matrix)
    return image


def _on_grid(image: Any, volume: Any) -> Any:
    """The image itself when it lies on the grid of the volume, else its nearest values there."""
    resample, reference = slicer.vtkOrientedImageDataResample, _grid(volume)
    if resample.DoGeometriesMatch(image, reference):
        return image
    moved = slicer.vtkOrientedImageData()
    resample.ResampleOrientedImageToReferenceOrientedImage(image, reference, moved, False)
    return moved
