"""The nodes that live answers are shown in: one of each kind, brought up to date in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk

from EndoDepthLib.errors import InputError
from EndoDepthLib.openigtlink import RawMessage, unpack_image, unpack_polydata
from EndoDepthLib.openigtlink.devices import DEPTH_DEVICE, LABELS_DEVICE, SURFACE_DEVICE
from EndoDepthLib.values import Scale, Surface
from EndoDepthScene.hierarchy import remove_node
from EndoDepthScene.models import show_colors, surface_poly_data
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import with_unit
from EndoDepthScene.volumes import INVALID_DEPTH, image_data, pixels_of

_CLASSES = {
    DEPTH_DEVICE: ("depth", "vtkMRMLScalarVolumeNode"),
    LABELS_DEVICE: ("structures", "vtkMRMLLabelMapVolumeNode"),
    SURFACE_DEVICE: ("surface", "vtkMRMLModelNode"),
}


def picture_of(volume: Any) -> np.ndarray:
    """A copy of the picture in a volume node: (H, W) or (H, W, 3 or 4) uint8. Raises InputError for other volumes."""
    image = volume.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise InputError(f"'{volume.GetName()}' is empty; choose a volume that holds a picture")
    if image.GetDimensions()[2] != 1:
        raise InputError(
            f"'{volume.GetName()}' has {image.GetDimensions()[2]} slices; choose one with a single picture"
        )
    pixels = pixels_of(volume)
    if pixels.dtype != np.uint8 or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise InputError(f"'{volume.GetName()}' holds {pixels.dtype} values; expected 8-bit grey or RGB pixels")
    return pixels.copy()


class LiveNodes:
    """Depth and structures on the grid of `source`, the volume whose pictures are sent, and the surface.

    The surface lies in the camera's space: the camera at the origin, looking along +S.
    """

    def __init__(self, scene: Any, source: Any) -> None:
        self._scene, self._source = scene, source
        self._nodes: dict[str, Any] = {}

    @property
    def nodes(self) -> tuple[Any, ...]:
        """The nodes that are there."""
        return tuple(self._nodes.values())

    def take(self, message: RawMessage) -> None:
        """Show one answer; others than depth, structures and surface are left alone. Raises ProtocolError."""
        device = message.header.device
        if device == SURFACE_DEVICE:
            self._show_surface(message)
        elif device in _CLASSES:
            pixels = unpack_image(message.open().data).pixels
            if device == DEPTH_DEVICE:
                pixels = np.where(np.isfinite(pixels), pixels, np.float32(INVALID_DEPTH)).astype(np.float32)
            self._show_pixels(device, pixels)

    def remove(self) -> None:
        """Take the nodes out of the scene."""
        for node in self._nodes.values():
            if node.GetScene() is not None:  # else the user was quicker, or the scene is closed
                remove_node(self._scene, node)
        self._nodes = {}

    def _show_pixels(self, device: str, pixels: np.ndarray) -> None:
        node = self._node(device)
        directions = vtk.vtkMatrix4x4()
        self._source.GetIJKToRASMatrix(directions)
        modified = node.StartModify()
        node.SetIJKToRASMatrix(directions)
        node.SetAndObserveTransformNodeID(self._source.GetTransformNodeID())
        node.SetAndObserveImageData(image_data(pixels))
        node.EndModify(modified)
        if node.GetDisplayNode() is None:
            node.CreateDefaultDisplayNodes()

    def _show_surface(self, message: RawMessage) -> None:
        found = unpack_polydata(message.open().data)
        surface = Surface(
            (found.points @ RAS_FROM_CAMERA).astype(np.float32),
            found.triangles,
            found.attributes["RGB"].astype(np.uint8),
            found.attributes["Label"].astype(np.uint8),
            np.zeros((len(found.points), 2), np.float32),
        )
        node = self._node(SURFACE_DEVICE)
        node.SetAndObservePolyData(surface_poly_data(surface))
        if node.GetDisplayNode() is None:
            show_colors(node)

    def _node(self, device: str) -> Any:
        node = self._nodes.get(device)
        if node is None or node.GetScene() is None:
            kind, class_name = _CLASSES[device]
            name = f"{self._source.GetName()} live {kind}"
            node = self._scene.AddNewNodeByClass(
                class_name, name if device == LABELS_DEVICE else with_unit(name, Scale.UP_TO_SCALE)
            )
            node.SetSaveWithScene(False)
            self._nodes[device] = node
        return node


def modified_event() -> int:
    """The event by which a volume says that its picture changed."""
    return int(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent)
