"""One frame of a data set, read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from EndoDepthLib.values import Camera


@dataclass(frozen=True)
class Sample:
    """A frame and what its data set knows of it. Calling a field reads it; None: the set does not have it.

    name: unique in the set, parts joined by "/". sequence: frames of one name follow one another in `index`.
    image: (H, W, 3) uint8 RGB. depth_mm: (H, W) float32 along the optical axis, NaN unknown. labels: (H, W) uint8 as in
    conventions.md (0 none, i + 1 the i-th class of the set, 255 void). world_from_camera_mm: (4, 4) float64.
    Reading raises InputError that names the file.
    """

    name: str
    sequence: str
    index: int
    image: Callable[[], np.ndarray]
    depth_mm: Callable[[], np.ndarray] | None = None
    labels: Callable[[], np.ndarray] | None = None
    camera: Camera | None = None
    world_from_camera_mm: np.ndarray | None = None
