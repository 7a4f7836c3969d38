"""Turning one frame of a case into millimetres and back: its numbers, its attributes, the names that say units."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.values import Scale
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import DEPTH, SURFACE
from EndoDepthScene.models import DEPTH as DEPTH_SCALARS
from EndoDepthScene.provenance import PREFIX, renamed, unit_of
from EndoDepthScene.scales import SCALE, SCALE_FACTOR, SCALE_SOURCE, FrameScale
from EndoDepthScene.volumes import pixels_of

_UNITS, _FRAME_INDEX = PREFIX + "Units", PREFIX + "FrameIndex"


def give_scale(view: CaseView, position: int, factor: float, source: str) -> None:
    """Multiply depth and surface of a frame by `factor`, after which they are millimetres, known from `source`."""
    before = view.frame_scale_at(position)
    _rescale(view, position, factor, FrameScale(Scale.METRIC_MM, source, before.factor * factor))


def take_scale_back(view: CaseView, position: int) -> None:
    """Give a frame the numbers and the scale again that its job gave it."""
    factor = view.frame_scale_at(position).factor
    if factor != 1.0:
        _rescale(view, position, 1.0 / factor, None)


def _rescale(view: CaseView, position: int, factor: float, scale: FrameScale | None) -> None:
    depth, surface = view.item(DEPTH, position), view.item(SURFACE, position)
    nodes = [node for node in (depth, surface, _chosen_surface_at(view, depth)) if node is not None]
    for node in nodes:
        modified = node.StartModify()
        if node.IsA("vtkMRMLVolumeNode"):
            _multiply(pixels_of(node), factor)
            node.GetImageData().GetPointData().GetScalars().Modified()
            node.GetImageData().Modified()
        else:
            _multiply_surface(node.GetPolyData(), factor)
        node.SetAttribute(SCALE, None if scale is None else scale.scale.value)
        node.SetAttribute(SCALE_SOURCE, None if scale is None else scale.source)
        node.SetAttribute(SCALE_FACTOR, None if scale is None else repr(scale.factor))
        now = view.frame_scale_at(position).scale
        node.SetAttribute(_UNITS, unit_of(now))
        node.SetName(renamed(node.GetName(), now))
        node.EndModify(modified)
    _name_sequences(view)
    view.refresh()


def _chosen_surface_at(view: CaseView, depth: Any) -> Any:
    chosen = view.chosen_surface
    if chosen is None or chosen.GetAttribute(_FRAME_INDEX) != depth.GetAttribute(_FRAME_INDEX):
        return None
    return chosen


def _multiply_surface(data: Any, factor: float) -> None:
    depths = data.GetPointData().GetArray(DEPTH_SCALARS)
    for array in (data.GetPoints().GetData(), depths):
        if array is not None:
            _multiply(vtk_to_numpy(array), factor)
            array.Modified()
    data.GetPoints().Modified()
    data.Modified()


def _multiply(values: np.ndarray, factor: float) -> None:
    values[...] = (values.astype(np.float64) * factor).astype(values.dtype)


def _name_sequences(view: CaseView) -> None:
    # A sequence, and the node that plays it, may say millimetres only when every one of its frames is in millimetres.
    scales = {view.frame_scale_at(position).scale for position in range(len(view))}
    together = Scale.METRIC_MM if scales == {Scale.METRIC_MM} else Scale.UP_TO_SCALE
    for kind in (DEPTH, SURFACE):
        sequence, proxy = view.sequences.get(kind), view.proxy(kind)
        for node in (sequence, proxy):
            if node is not None:
                node.SetName(renamed(node.GetName(), together))
        if sequence is not None:
            sequence.SetAttribute(_UNITS, unit_of(together))
