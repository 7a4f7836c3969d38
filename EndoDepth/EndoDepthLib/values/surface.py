"""A coloured triangle mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values.depth_map import Scale


@dataclass(frozen=True)
class Surface:
    """A coloured triangle mesh in OpenCV camera axes (x right, y down, z forward, which are LPS directions).

    vertices (N, 3) float32; triangles (M, 3) int32, seen counter-clockwise from the camera; colors (N, 3) uint8 RGB;
    labels (N,) uint8 as in LabelMap; pixels (N, 2) float32 (u, v) each vertex comes from. Units follow `scale`.
    Raises InputError when shapes disagree or a triangle names a vertex that is not there.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    colors: np.ndarray
    labels: np.ndarray
    pixels: np.ndarray
    scale: Scale = Scale.UP_TO_SCALE

    def __post_init__(self) -> None:
        count = len(self.vertices)
        shapes = {"vertices": (count, 3), "colors": (count, 3), "labels": (count,), "pixels": (count, 2)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"surface {name} are {getattr(self, name).shape}; expected {shape}")
        if self.triangles.ndim != 2 or self.triangles.shape[1] != 3:
            raise InputError(f"surface triangles are {self.triangles.shape}; expected (M, 3)")
        if self.triangles.size and not 0 <= int(self.triangles.min()) <= int(self.triangles.max()) < count:
            raise InputError(f"a surface triangle names a vertex outside 0..{count - 1}")
