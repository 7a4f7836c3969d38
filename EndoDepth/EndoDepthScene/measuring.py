"""Lengths between two points of a frame, and the scale that one known length gives it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import vtk

from EndoDepthLib.errors import InputError, ScaleError, SettingsError
from EndoDepthLib.geometry.projection import pixel_rays
from EndoDepthLib.values import Scale
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.depth_window import fit_depth_window
from EndoDepthScene.kinds import DEPTH, SURFACE
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.probing import pixel_of
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.rescaling import give_scale, take_scale_back
from EndoDepthScene.scales import FrameScale
from EndoDepthScene.surface_points import move_with_surface
from EndoDepthScene.volumes import INVALID_DEPTH, pixels_of

ON_FRAME, ON_SURFACE = "frame", "surface"
DEPTHS_AGREE = PREFIX + "DepthsAgree"
"""Attribute of the browser, "true" once all frames of a case share one scale; only then one length is that of all."""

_OFF_SURFACE = 0.03  # of the depth: the picks of a 3D view end on the triangles, not on the vertices
_SHORTEST = 1e-3  # of the depth: shorter, and a click's error is larger than the length


class ScaleUnknownError(ScaleError):
    """A length in millimetres was asked for in a frame that is known up to scale only."""


@dataclass(frozen=True)
class Length:
    """A distance between two points of a frame: millimetres only where the frame's scale is known."""

    value: float
    scale: FrameScale

    @property
    def unit(self) -> str:
        """ "mm" or "relative"."""
        return "mm" if self.scale.scale is Scale.METRIC_MM else "relative"

    @property
    def mm(self) -> float:
        """The length in millimetres. Raises ScaleUnknownError while the scale is unknown."""
        if self.scale.scale is not Scale.METRIC_MM:
            raise ScaleUnknownError(
                f"the length is {self.value:.4g} relative units; its frame is known up to scale only: "
                "set a known distance in this frame to measure millimetres"
            )
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.2f} mm" if self.unit == "mm" else f"{self.value:.2f} (relative)"


def distance(view: CaseView, ras_a: Sequence[float], ras_b: Sequence[float], on: str = ON_FRAME) -> Length:
    """The straight distance between two points (R, A, S) of the selected frame.

    on: "frame" for points in a slice view showing the frame (their depth is looked up), "surface" for points on the
    playing surface in a 3D view. Raises InputError for a point without depth.
    """
    a, b = (_camera_point(view, ras, on) for ras in (ras_a, ras_b))
    return Length(float(np.linalg.norm(a - b)), view.frame_scale)


def set_known_distance(
    view: CaseView,
    ras_a: Sequence[float],
    ras_b: Sequence[float],
    length_mm: float,
    on: str = ON_FRAME,
    whole_sequence: bool = False,
    markups: Any = None,
) -> FrameScale:
    """Make the distance between two points `length_mm`: the selected frame is in millimetres from now on.

    Its depth and surface are scaled, attributes say from what. `reset_scale` undoes it. The whole sequence takes one
    scale only once its depths agree with each other. markups: the vtkMRMLMarkupsNode of the two points; on the surface
    they move with it, so that they measure `length_mm` from now on. Raises SettingsError for a length that is none,
    InputError for points without depth or in one place, ScaleError for a sequence whose frames have scales of their
    own.
    """
    if not (math.isfinite(length_mm) and length_mm > 0):
        raise SettingsError(f"known distance is {length_mm!r} mm; expected more than 0")
    if whole_sequence and not depths_agree(view):
        raise ScaleError(
            f"the {len(view)} frames of '{view.name}' have scales of their own: a distance known in frame "
            f"{view.frame_index} says nothing of the others; set it for this frame only"
        )
    a, b = (_camera_point(view, ras, on) for ras in (ras_a, ras_b))
    measured = float(np.linalg.norm(a - b))
    if measured < _SHORTEST * min(a[2], b[2]):
        raise InputError("the two points lie in one place; choose points that are apart by the known distance")
    source = f"known distance of {length_mm:g} mm in frame {view.frame_index}"
    for position in range(len(view)) if whole_sequence else (view.position,):
        give_scale(view, position, length_mm / measured, source)
    fit_depth_window(view)
    if markups is not None and on == ON_SURFACE:
        move_with_surface(view, markups, length_mm / measured)
    return view.frame_scale


def reset_scale(view: CaseView, whole_sequence: bool = False) -> None:
    """Take back what `set_known_distance` did to the selected frame, or to all frames (to within float32)."""
    for position in range(len(view)) if whole_sequence else (view.position,):
        take_scale_back(view, position)
    fit_depth_window(view)


def depths_agree(view: CaseView) -> bool:
    """Whether all frames of the case share one scale."""
    return len(view) == 1 or view.browser.GetAttribute(DEPTHS_AGREE) == "true"


def _camera_point(view: CaseView, ras: Sequence[float], on: str) -> np.ndarray:
    if on not in (ON_FRAME, ON_SURFACE):
        raise SettingsError(f"points are on '{on}'; expected '{ON_FRAME}' or '{ON_SURFACE}'")
    return _point_on_frame(view, ras) if on == ON_FRAME else _point_on_surface(view, ras)


def _point_on_frame(view: CaseView, ras: Sequence[float]) -> np.ndarray:
    place = pixel_of(view, ras)
    if place is None:
        raise InputError(f"the point ({_words(ras)}) lies outside the frame; choose one in the picture")
    column, row = (int(np.floor(coordinate + 0.5)) for coordinate in place)
    depth = float(pixels_of(view.item(DEPTH))[row, column])
    # The ray goes through the very point; depth is that of its pixel, so that none is invented across an edge.
    ray = pixel_rays(view.camera, np.array([place]))[0]
    if depth == INVALID_DEPTH or not np.isfinite(depth * ray).all():
        raise InputError(f"there is no depth at pixel {column}, {row}; choose a point inside the coloured depth")
    point: np.ndarray = depth * ray
    return point


def _point_on_surface(view: CaseView, ras: Sequence[float]) -> np.ndarray:
    item, proxy = view.item(SURFACE), view.proxy(SURFACE)
    if item is None or item.GetPolyData().GetNumberOfCells() == 0:
        raise InputError(f"'{view.name}' has no surface in frame {view.frame_index}; choose points in the slice view")
    local = [0.0] * 3
    proxy.TransformPointFromWorld([float(coordinate) for coordinate in ras], local)
    locator = vtk.vtkStaticCellLocator()
    locator.SetDataSet(item.GetPolyData())
    locator.BuildLocator()
    closest, cell, part, squared = [0.0] * 3, vtk.reference(0), vtk.reference(0), vtk.reference(0.0)
    locator.FindClosestPoint(local, closest, cell, part, squared)
    if math.sqrt(squared.get()) > _OFF_SURFACE * abs(closest[2]):
        raise InputError(
            f"the point ({_words(ras)}) is not on the surface of frame {view.frame_index}; choose one on it"
        )
    point: np.ndarray = RAS_FROM_CAMERA @ np.array(closest)
    return point


def _words(ras: Sequence[float]) -> str:
    return ", ".join(f"{coordinate:.1f}" for coordinate in ras)
