"""What a case knows of one place in its frame: depth with its unit, confidence, structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import vtk

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, STRUCTURES
from EndoDepthScene.provenance import unit_of
from EndoDepthScene.scales import FrameScale
from EndoDepthScene.segmentations import segment_at
from EndoDepthScene.volumes import INVALID_DEPTH, pixels_of


@dataclass(frozen=True)
class Probe:
    """What is under the cursor in the selected frame.

    pixel: (u, v) in the frame, None outside of it. depth: along the optical axis in the unit of `scale`, None where
    there is none. confidence: 0..1, None outside. structure: the name asked for, "" for none of them.
    """

    scale: FrameScale
    pixel: tuple[int, int] | None = None
    depth: float | None = None
    confidence: float | None = None
    structure: str = ""

    @property
    def unit(self) -> str:
        """The unit of the depth in words: "mm", or that it is none."""
        return unit_of(self.scale.scale)

    @property
    def scale_source(self) -> str:
        """Where the scale comes from; "unknown" while there is none."""
        return self.scale.source

    def __str__(self) -> str:
        if self.pixel is None:
            return "outside the frame"
        structure = f", {self.structure}" if self.structure else ""
        if self.depth is None:
            return f"pixel {self.pixel[0]}, {self.pixel[1]}: no depth here{structure}"
        source = f", scale from {self.scale_source}" if self.unit == "mm" else ""
        return (
            f"pixel {self.pixel[0]}, {self.pixel[1]}: depth {self.depth:.4g} ({self.unit}{source}), "
            f"confidence {100 * (self.confidence or 0):.0f} %{structure}"
        )


def probe(view: CaseView, ras: Sequence[float]) -> Probe:
    """What the selected frame has at a point (R, A, S) of a slice view that shows it.

    Reads the stored values, so that hidden pixels are told too.
    """
    scale, place = view.frame_scale, pixel_of(view, ras)
    if place is None:
        return Probe(scale)
    column, row = (int(np.floor(coordinate + 0.5)) for coordinate in place)
    depth = float(pixels_of(view.item(DEPTH))[row, column])
    labels = view.item(STRUCTURES)
    confidence = view.item(CONFIDENCE)
    return Probe(
        scale,
        (column, row),
        None if depth == INVALID_DEPTH or not np.isfinite(depth) else depth,
        None if confidence is None else float(pixels_of(confidence)[row, column]) / 100,
        "" if labels is None else segment_at(labels, column, row),
    )


def pixel_of(view: CaseView, ras: Sequence[float]) -> tuple[float, float] | None:
    """The place (u, v) of a point (R, A, S) in the frame, in pixels with centres at integers; None outside the frame.

    A point more than half a slice before or behind the frame's plane is outside.
    """
    volume = view.proxy(DEPTH)
    local = [0.0] * 3
    volume.TransformPointFromWorld([float(coordinate) for coordinate in ras], local)
    matrix = vtk.vtkMatrix4x4()
    volume.GetRASToIJKMatrix(matrix)
    u, v, slice_number, _ = matrix.MultiplyPoint((*local, 1.0))
    width, height, _ = volume.GetImageData().GetDimensions()
    inside = -0.5 <= u < width - 0.5 and -0.5 <= v < height - 0.5 and abs(slice_number) <= 0.5
    return (u, v) if inside else None
