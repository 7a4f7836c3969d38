"""The places of frames while they are being found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from EndoDepthLib.tracking.direct_alignment import Alignment
from EndoDepthLib.tracking.following import KnownPoints

SFM, DIRECT, GIVEN, FOLLOWED = "structure from motion", "direct alignment", "given", "followed points"


@dataclass(frozen=True)
class Placed:
    """A frame with a pose: world_from_camera (4, 4) in its submap, the disparity scale that brings its depth to the
    unit of the poses, how it was placed."""

    pose: np.ndarray
    disparity_scale: float
    method: str
    submap: int = 0


@dataclass(frozen=True)
class Link:
    """How two frames lie to each other: `found` brings frame `second` to keyframe `first` (positions), in the unit that
    the depth of `first` had with the disparity scale `first_scale`."""

    first: int
    second: int
    found: Alignment
    first_scale: float


@dataclass
class Places:
    """Placed frames, why others are lost, and points of known place, all by position."""

    placed: dict[int, Placed] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    known: dict[int, KnownPoints] = field(default_factory=dict)
