"""From a picture to the messages that answer it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EndoDepthCLI.job.serving.mailbox import Letter
from EndoDepthCLI.job.serving.server import pack_status_message
from EndoDepthLib.openigtlink.devices import CAMERA_DEVICE, DEPTH_DEVICE, LABELS_DEVICE, SURFACE_DEVICE
from EndoDepthLib.openigtlink.image import ImageContent, pack_image
from EndoDepthLib.openigtlink.message import pack_message
from EndoDepthLib.openigtlink.polydata import PolyData, pack_polydata
from EndoDepthLib.openigtlink.status import StatusCode
from EndoDepthLib.openigtlink.transform import pack_transform
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.values import DepthMap, Frame, LabelMap, Scale
from EndoDepthLib.values.depth_map import NOMINAL_MEDIAN_DEPTH

UNIT_NOTE = (
    f"depth and surface are up to scale: every frame has the median depth {NOMINAL_MEDIAN_DEPTH:g}, not millimetres"
)
_SURFACE_VERTICES_AIM = 20_000
_RAS_FROM_CAMERA = np.array([-1.0, -1.0, 1.0], np.float32)


@dataclass(frozen=True)
class Answers:
    """What is said of one picture; `pack` makes messages of it. message_id and matrix are those of the picture."""

    letter: Letter
    message_id: int
    picture: ImageContent
    frame: Frame
    depth: DepthMap
    labels: LabelMap | None
    surface_step: int | None
    note: str

    def pack(self, version: int) -> Sequence[bytes]:
        """The messages, in this header version; all carry the picture's timestamp, in version 2 and 3 also metadata."""
        timestamp = self.letter.message.header.timestamp
        contents = [(kind, device, content) for kind, device, content in self._contents]
        metadata = self._metadata()
        messages = [
            pack_message(kind, device, content, timestamp, version, metadata, self.message_id)
            for kind, device, content in contents
        ]
        return [*messages, pack_status_message(StatusCode.OK, self.note, version, timestamp)]

    @property
    def _contents(self) -> list[tuple[str, str, bytes]]:
        found = [("TRANSFORM", CAMERA_DEVICE, pack_transform(self.letter.transform))]
        found.append(("IMAGE", DEPTH_DEVICE, self._on_picture(self.depth.depth)))
        if self.labels is not None:
            found.append(("IMAGE", LABELS_DEVICE, self._on_picture(self.labels.labels)))
        if self.surface_step is not None:
            surface = surface_from_depth(self.depth, self.frame, self.labels, self.surface_step)
            attributes = {"RGB": surface.colors.astype(np.float32), "Label": surface.labels.astype(np.float32)}
            polydata = PolyData(surface.vertices * _RAS_FROM_CAMERA, surface.triangles, attributes)
            found.append(("POLYDATA", SURFACE_DEVICE, pack_polydata(polydata)))
        return found

    def _on_picture(self, pixels: np.ndarray) -> bytes:
        return pack_image(ImageContent(pixels, self.picture.matrix, self.picture.coordinates))

    def _metadata(self) -> dict[str, str]:
        is_metric = self.depth.scale is Scale.METRIC_MM
        names = () if self.labels is None else self.labels.names
        return {
            "EndoDepth.Source": self.letter.message.header.device,
            "EndoDepth.Scale": self.depth.scale.value,
            "EndoDepth.Unit": "mm" if is_metric else f"none; median depth {NOMINAL_MEDIAN_DEPTH:g}, not millimetres",
            "EndoDepth.Labels": label_note(names),
        }


def label_note(names: Sequence[str]) -> str:
    """What the values of a label image mean: "1=liver;2=surgical instrument"."""
    return ";".join(f"{number}={name}" for number, name in enumerate(names, 1))


def live_surface_step(width: int, height: int) -> int:
    """The spacing of vertices in pixels that keeps a live surface near 20,000 vertices."""
    return max(1, math.ceil(math.sqrt(width * height / _SURFACE_VERTICES_AIM)))
