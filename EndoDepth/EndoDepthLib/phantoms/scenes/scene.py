"""What every phantom scene is: parts with distances, materials, and a path for the camera."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import smooth_minimum
from EndoDepthLib.phantoms.materials import Material


@dataclass(frozen=True)
class Pose:
    """Where the endoscope is: position (3,) mm, forward (3,), up (3,), world axes x right, y down, z into the body."""

    position: np.ndarray
    forward: np.ndarray
    up: np.ndarray


class Scene(ABC):
    """A family of scenes. A part is a solid with one material; a pixel's label is that of the nearest part.

    size_mm: typical working distance; far_mm: no ray is longer; cautious: step factor for the tracer; blends_mm: fillet
    radius with which part i + 1 joins the parts before it (0 = a crisp crease).
    """

    size_mm: float
    far_mm: float
    cautious: float = 0.8
    shaft_diameters_mm: tuple[float, ...] = ()
    """Of the instruments in the scene."""

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        self.device = device
        self.materials: list[Material] = []
        self.blends_mm: list[float] = []

    @abstractmethod
    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """Signed distance (N,) mm of every part at points (N, 3), in the order of `materials`; `time` in frames."""

    @abstractmethod
    def path(self, time: float) -> Pose:
        """The endoscope's usual path, at a time in frames."""

    def distance(self, points: Tensor, time: float) -> Tensor:
        """Distance (N,) mm to the nearest part, positive in free space."""
        parts = self.parts(points, time)
        joined = parts[0]
        for part, blend in zip(parts[1:], self.blends_mm, strict=True):
            joined = smooth_minimum(joined, part, blend) if blend > 0 else torch.minimum(joined, part)
        return joined

    def nearest_part(self, points: Tensor, time: float) -> Tensor:
        """Index (N,) of the part each point lies on."""
        parts = self.parts(points, time)
        nearest = reduce(torch.minimum, parts)
        index = torch.zeros(len(points), dtype=torch.long, device=points.device)
        for i, part in enumerate(parts):
            index[part <= nearest] = i
        return index

    def vector(self, values: object) -> Tensor:
        """A float32 tensor on the scene's device."""
        return torch.as_tensor(np.asarray(values, dtype=np.float32), device=self.device)


class Sway:
    """A smooth, endless, hand-held motion: sums of slow sines, about one unit in size."""

    def __init__(self, rng: np.random.Generator, dimensions: int, period_frames: float = 90.0) -> None:
        self._rates = 2 * np.pi / (period_frames * 2.0 ** rng.uniform(-1.0, 1.0, size=(3, dimensions)))
        self._phases = rng.uniform(0, 2 * np.pi, size=(3, dimensions))

    def __call__(self, time: float) -> np.ndarray:
        """Displacement (dimensions,) at a time in frames."""
        return np.sin(self._rates * time + self._phases).sum(axis=0) / 1.5


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector (3,) at length one."""
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def random_unit(rng: np.random.Generator) -> np.ndarray:
    """A direction (3,) drawn evenly from the sphere."""
    return unit(rng.normal(size=3))
