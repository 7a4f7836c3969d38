"""Frames, depth and confidence as one-slice volume nodes. The nodes are not yet in a scene."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EndoDepthLib.values import DepthMap, Frame
from EndoDepthScene.placement import FramePlacement

INVALID_DEPTH = 0.0
"""Depth of invalid pixels in the scene. In files they are NaN, which Slicer's histograms and thresholds cannot take."""


def frame_volume(frame: Frame, placement: FramePlacement) -> Any:
    """A vtkMRMLVectorVolumeNode holding the frame's RGB pixels unchanged."""
    return rgb_volume(frame.image, placement)


def rgb_volume(pixels: np.ndarray, placement: FramePlacement) -> Any:
    """A vtkMRMLVectorVolumeNode of (H, W, 3) uint8 RGB pixels."""
    node = slicer.vtkMRMLVectorVolumeNode()
    _set_pixels(node, pixels, placement)
    node.SetVoxelVectorType(slicer.vtkMRMLVolumeNode.VoxelVectorTypeColorRGB)
    return node


def depth_volume(depth: DepthMap, placement: FramePlacement) -> Any:
    """A vtkMRMLScalarVolumeNode of float32 depth; invalid pixels hold INVALID_DEPTH."""
    node = slicer.vtkMRMLScalarVolumeNode()
    _set_pixels(node, depth_pixels(depth), placement)
    return node


def confidence_volume(depth: DepthMap, placement: FramePlacement) -> Any:
    """A vtkMRMLScalarVolumeNode of the confidence in whole percent (uint8), a quarter of the memory of float32."""
    node = slicer.vtkMRMLScalarVolumeNode()
    _set_pixels(node, confidence_percent(depth), placement)
    return node


def depth_pixels(depth: DepthMap) -> np.ndarray:
    """(H, W) float32 depth as the scene holds it."""
    return np.where(depth.valid, depth.depth, np.float32(INVALID_DEPTH))


def confidence_percent(depth: DepthMap) -> np.ndarray:
    """(H, W) uint8 confidence, 0 to 100 percent, 0 where there is no depth."""
    percent = np.rint(np.nan_to_num(depth.confidence) * 100).clip(0, 100).astype(np.uint8)
    return np.where(depth.valid, percent, np.uint8(0))


def pixels_of(node: Any) -> np.ndarray:
    """(H, W) or (H, W, 3) pixels of a one-slice volume node, as a view of its memory."""
    image = node.GetImageData()
    width, height, _ = image.GetDimensions()
    scalars = image.GetPointData().GetScalars()
    shape = (height, width) if scalars.GetNumberOfComponents() == 1 else (height, width, -1)
    return vtk_to_numpy(scalars).reshape(shape)


def image_data(pixels: np.ndarray, image: Any | None = None) -> Any:
    """A vtkImageData (or the one given) of one slice holding a copy of (H, W) or (H, W, C) pixels, first row first."""
    image = vtk.vtkImageData() if image is None else image
    height, width = pixels.shape[:2]
    image.SetDimensions(width, height, 1)
    flat = np.ascontiguousarray(pixels).reshape(height * width, -1)
    scalars = numpy_to_vtk(flat if pixels.ndim == 3 else flat.ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image


def _set_pixels(node: Any, pixels: np.ndarray, placement: FramePlacement) -> None:
    node.SetAndObserveImageData(image_data(pixels))
    node.SetIJKToRASDirections(*placement.directions.ravel().tolist())
    node.SetSpacing(*placement.spacing)
    node.SetOrigin(*placement.origin)
