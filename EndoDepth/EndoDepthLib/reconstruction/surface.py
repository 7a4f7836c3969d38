"""A coloured triangle surface of one frame, cut where the depth is discontinuous."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.reconstruction.triangulation import triangulate_grid
from EndoDepthLib.values import DepthMap, Frame, LabelMap, Surface


def surface_from_depth(
    depth: DepthMap,
    frame: Frame,
    labels: LabelMap | None = None,
    stride: int = 1,
    max_relative_jump: float = 0.1,
    max_grazing_deg: float = 85.0,
    min_confidence: float = 0.0,
) -> Surface:
    """Triangulate the depth of every `stride`-th pixel into a surface coloured by the frame.

    Vertices are depth x ray (lens distortion included) at exact pixel centres, in the depth's unit and scale. Cut:
    invalid pixels and those below `min_confidence`; triangles across a step of more than `max_relative_jump` of the
    nearer depth between neighbours; triangles whose normal is more than `max_grazing_deg` from the viewing ray;
    slivers. Vertices in no triangle are left out.
    Raises InputError for grids that disagree, SettingsError for settings out of range.
    """
    if stride < 1 or int(stride) != stride:
        raise SettingsError(f"stride is {stride!r}; expected a whole number, at least 1")
    if not max_relative_jump > 0:
        raise SettingsError(f"max_relative_jump is {max_relative_jump!r}; expected more than 0 (0.1 = 10 %)")
    if not 0 < max_grazing_deg <= 90:
        raise SettingsError(f"max_grazing_deg is {max_grazing_deg!r}; expected more than 0 and at most 90 degrees")
    shape = depth.depth.shape
    for name, other in (("frame", frame.image.shape[:2]), ("labels", shape if labels is None else labels.labels.shape)):
        if other != shape:
            raise InputError(f"the {name} is {other[1]}x{other[0]} pixels but the depth {shape[1]}x{shape[0]}")

    grid = (slice(None, None, stride), slice(None, None, stride))
    z = depth.depth[grid]
    if min_confidence > 0:
        z = np.where(depth.confidence[grid] >= min_confidence, z, np.float32(np.nan))
    points = camera_rays(depth.camera)[grid] * z[..., None]
    triangles = triangulate_grid(points, max_relative_jump, math.cos(math.radians(max_grazing_deg)))

    used = np.zeros(z.size, dtype=bool)
    used[triangles.ravel()] = True
    renumber = np.cumsum(used, dtype=np.int32) - 1
    kept = np.flatnonzero(used)
    rows, columns = np.divmod(kept, z.shape[1])
    rows, columns = rows * stride, columns * stride
    return Surface(
        vertices=points.reshape(-1, 3)[kept].astype(np.float32),
        triangles=renumber[triangles],
        colors=frame.image[rows, columns],
        labels=np.zeros(len(kept), np.uint8) if labels is None else labels.labels[rows, columns],
        pixels=np.stack([columns, rows], axis=1).astype(np.float32),
        scale=depth.scale,
    )


def tint_by_label(surface: Surface, colors: Sequence[Sequence[int]] | np.ndarray, opacity: float = 0.5) -> Surface:
    """The surface with label i + 1 tinted by colors[i] (RGB 0..255) at this opacity (0..1): the paper's 3D annotations.

    Label 0 keeps the frame's colour. Raises InputError when a label has no colour, SettingsError for a bad opacity.
    """
    if not 0.0 <= opacity <= 1.0:
        raise SettingsError(f"opacity is {opacity!r}; expected 0 to 1")
    palette = np.zeros((len(colors) + 1, 3))
    palette[1:] = np.asarray(colors, dtype=np.float64).reshape(-1, 3)
    if surface.labels.size and int(surface.labels.max()) >= len(palette):
        raise InputError(f"the surface has label {int(surface.labels.max())} but only {len(colors)} colours are given")
    weight = np.where(surface.labels > 0, opacity, 0.0)[:, None]
    tinted = (1 - weight) * surface.colors + weight * palette[surface.labels]
    return replace(surface, colors=np.rint(tinted).clip(0, 255).astype(np.uint8))
